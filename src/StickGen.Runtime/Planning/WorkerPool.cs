using StickGen.Kernels;

namespace StickGen.Planning;

/// <summary>
/// Threads that compute parts of a plan's steps together with the thread that runs it. They are woken by a number that they
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
            plan.Run(context.Memory);
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
        private readonly Worker[] workers;
        private int pending;
        private volatile bool stopped;
        private PlannedStep step;
        private ExecutionContext? context;
        private Exception? failure;

        public State(int count) => workers = [.. Enumerable.Range(0, count).Select(_ => new Worker())];

        public void Run(Plan plan, ExecutionContext context)
        {
            this.context = context;
            foreach (var next in plan.Steps)
            {
                if (next.Parts == 1 || stopped)
                    next.RunAll(context.Memory);
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

        public void Work(int part)
        {
            var worker = workers[part - 1];
            var seen = 0;
            while (true)
            {
                seen = worker.Await(seen);
                if (stopped)
                    return;
                try
                {
                    step.Run(new(context!.Memory), new(part, step.Parts));
                }
                catch (Exception e)
                {
                    // It is the caller's to see, not the end of the process.
                    failure = e;
                }

                Interlocked.Decrement(ref pending);
            }
        }

        private void Divide(PlannedStep next, ExecutionContext context)
        {
            step = next;
            Volatile.Write(ref pending, next.Parts - 1);
            foreach (var worker in workers.AsSpan(0, next.Parts - 1))
                worker.Wake();
            try
            {
                next.Run(new(context.Memory), new(0, next.Parts));
            }
            finally
            {
                // Sleeping a millisecond would be longer than most steps.
                var spin = default(SpinWait);
                while (Volatile.Read(ref pending) > 0)
                    spin.SpinOnce(sleep1Threshold: -1);
            }

            if (Interlocked.Exchange(ref failure, null) is { } e)
                throw new InvalidOperationException("A part of a step failed.", e);
        }
    }

    /// <summary>How a thread learns that there is work.</summary>
    private sealed class Worker
    {
        /// <summary>How often a worker looks for work before it sleeps: for about as long as a step that is not divided.</summary>
        private const int Looks = 1000;

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
