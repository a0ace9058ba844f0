using StickGen.Deployment;
using StickGen.Kernels;

namespace StickGen.Planning;

/// <summary>The memory of one run at a time.</summary>
internal sealed class ExecutionContext
{
    private readonly Plan plan;
    private readonly byte[] memory;
    private readonly int start;
    private KeyValueCache? cache;

    public ExecutionContext(Plan plan)
    {
        this.plan = plan;
        memory = CacheLine.Allocate<byte>(plan.MemoryBytes, isZero: false, out start);
    }

    private Span<byte> Memory => memory.AsSpan(start, plan.MemoryBytes);

    /// <summary>The memory of the plan's buffers, and what the run goes on from.</summary>
    public Frame Frame => new(Memory, cache);

    public Span<float> Input(int index) => Frame.Floats(plan.Inputs[index]);

    /// <summary>Where the tokens of an input go.</summary>
    public Span<int> Tokens(int index) => Frame.Integers(plan.Inputs[index]);

    public Span<float> Output(int index) => Frame.Floats(plan.Outputs[index]);

    /// <summary>Runs the plan, on the threads of a pool if there is one.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="goesOn">What the plan of a decoder goes on from.</param>
    public void Run(WorkerPool? workers, KeyValueCache? goesOn = null)
    {
        cache = goesOn;
        if (workers is null)
            plan.Run(Frame);
        else
            workers.Run(plan, this);
        cache = null;
    }

    /// <summary>Runs step by step, and shows every quantized value as soon as it is computed.</summary>
    public void Trace(Action<TracePoint, Span<byte>> observe)
    {
        var frame = Frame;
        var next = 0;
        for (var step = -1; step < plan.Steps.Length; step++)
        {
            if (step >= 0)
                plan.Steps[step].RunAll(frame);
            for (; next < plan.TracePoints.Length && plan.TracePoints[next].AfterStep == step; next++)
                observe(plan.TracePoints[next], frame.Bytes(plan.TracePoints[next].Stored.Buffer));
        }
    }
}
