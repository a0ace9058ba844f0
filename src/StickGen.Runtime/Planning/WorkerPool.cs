using StickGen.Kernels;

namespace StickGen.Planning;

/// <summary>
/// Threads that compute parts of a plan's steps together with the thread that runs it. Each takes the next part that nobody has taken, so
/// that a thread which does not come, because other processes have its core, is not waited for. They are woken by a number that they
/// watch for a short while after each step, and sleep on a semaphore otherwise; nothing is allocated after the start. One run at a time has
/// them; others compute all parts themselves, with the same results.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    private readonly State state;

    /// <param name="threads">All of them, the caller's included.</param>
    public WorkerPool(int threads)
    {
        state = new(threads - 1);
        for (var i = 1; i < threads; i++)
        {
            var index = i;
            // They hold the state and not the pool, so that one that is never disposed can be finalized.
            var shared = state;
            new Thread(() => shared.Work(index)) { IsBackground = true, Name = $"StickGen {index}" }.Start();
        }
    }

    ~WorkerPool() => state.Stop();

    /// <summary>Runs all steps of a plan.</summary>
    public void Run(Plan plan, ExecutionContext context)
    {
        if (!Monitor.TryEnter(state))
        {
            plan.Run(context.Frame);
            return;
        }

        try
        {
            state.Run(plan, context);
        }
        finally
        {
            Monitor.Exit(state);
        }

        GC.KeepAlive(this);
    }

    /// <summary>Ends the threads, after a run that is under way; later runs do without them.</summary>
    public void Dispose()
    {
        lock (state)
            state.Stop();
        GC.SuppressFinalize(this);
    }

    private sealed class State
    {
        /// <summary>How often a thread looks for the ends of others' parts before it lets other processes run.</summary>
        private const int Looks = 4000;

        private readonly Worker[] workers;
        private int pending;
        private long claims;
        private long steps;
        private volatile bool stopped;
        private PlannedStep step;
        private ExecutionContext? context;
        private Exception? failure;

        public State(int count) => workers = [.. Enumerable.Range(0, count).Select(_ => new Worker())];

        public void Run(Plan plan, ExecutionContext context)
        {
            foreach (var next in plan.Steps)
            {
                if (next.Parts == 1 || stopped)
                    next.RunAll(context.Frame);
                else
                    Divide(next, context);
            }

            this.context = null;
        }

        public void Stop()
        {
            stopped = true;
            foreach (var worker in workers)
                worker.Wake();
        }

        public void Work(int index)
        {
            var worker = workers[index - 1];
            var seen = 0;
            while (true)
            {
                seen = worker.Await(seen);
                if (stopped)
                    return;
                TakeParts();
            }
        }

        private void Divide(PlannedStep next, ExecutionContext context)
        {
            (step, this.context) = (next, context);
            Volatile.Write(ref pending, next.Parts);
            Volatile.Write(ref claims, Claims.Of(++steps, next.Parts));
            foreach (var worker in workers.AsSpan(0, next.Parts - 1))
                worker.Wake();
            TakeParts();
            // Who yields to another process waits for all of its time slice, which is longer than most networks take.
            for (var looks = 0; Volatile.Read(ref pending) > 0; looks++)
            {
                if (looks < Looks)
                    Thread.SpinWait(2);
                else
                    Thread.Yield();
            }

            if (Interlocked.Exchange(ref failure, null) is { } e)
                throw new InvalidOperationException("A part of a step failed.", e);
        }

        /// <summary>Computes parts of the current step until all are taken.</summary>
        private void TakeParts()
        {
            while (true)
            {
                var seen = Volatile.Read(ref claims);
                var (part, count) = Claims.Next(seen);
                if (part == count)
                    return;
                if (Interlocked.CompareExchange(ref claims, seen + 1, seen) != seen)
                    continue;
                try
                {
                    // The step stays the same while one of its parts is taken and not computed.
                    step.Run(context!.Frame, new(part, count));
                }
                catch (Exception e)
                {
                    // It is the caller's to see, not the end of the process.
                    failure = e;
                }

                Interlocked.Decrement(ref pending);
            }
        }
    }

    /// <summary>
    /// Which step is computed, of how many parts, and which of them is the next to be taken, in one number, so that a thread that comes late
    /// cannot take a part of a step that is over.
    /// </summary>
    private static class Claims
    {
        private const int Bits = 8;

        public static long Of(long step, int parts) => ((step << Bits) | (uint)parts) << Bits;

        public static (int Part, int Count) Next(long claims) => ((int)(claims & 0xFF), (int)((claims >> Bits) & 0xFF));
    }

    /// <summary>How a thread learns that there is work.</summary>
    private sealed class Worker
    {
        /// <summary>How often a worker looks for work before it sleeps: for about half a millisecond, which is longer than steps that are not divided.</summary>
        private const int Looks = 10_000;

        private readonly SemaphoreSlim semaphore = new(0);
        private volatile int calls;
        private int sleeps;

        public void Wake()
        {
            Interlocked.Increment(ref calls);
            if (Interlocked.Exchange(ref sleeps, 0) == 1)
                semaphore.Release();
        }

        /// <summary>Waits until the number of calls is another than one that was seen, and returns it.</summary>
        public int Await(int seen)
        {
            for (var i = 0; i < Looks; i++)
            {
                if (calls != seen)
                    return calls;
                Thread.SpinWait(5);
            }

            Interlocked.Exchange(ref sleeps, 1);
            // A call that came before this thread said that it sleeps does not release it; one that came after does.
            if (calls == seen || Interlocked.Exchange(ref sleeps, 0) == 0)
                semaphore.Wait();
            return calls;
        }
    }
}
