using System.Runtime.InteropServices;

namespace StickGen.Planning;

/// <summary>The memory of one run at a time.</summary>
internal sealed class ExecutionContext
{
    private readonly Plan plan;
    private readonly byte[] memory;
    private readonly int start;

    public ExecutionContext(Plan plan)
    {
        this.plan = plan;
        // Pinned, so that the alignment stays.
        memory = GC.AllocateUninitializedArray<byte>(plan.MemoryBytes + MemoryPlanner.Alignment, pinned: true);
        start = Start(memory);
    }

    /// <summary>The memory of the plan's buffers.</summary>
    public Span<byte> Memory => memory.AsSpan(start, plan.MemoryBytes);

    public Span<float> Input(int index) => new Frame(Memory).Floats(plan.Inputs[index]);

    public Span<float> Output(int index) => new Frame(Memory).Floats(plan.Outputs[index]);

    /// <summary>Runs the plan, on the threads of a pool if there is one.</summary>
    public void Run(WorkerPool? workers)
    {
        if (workers is null)
            plan.Run(Memory);
        else
            workers.Run(plan, this);
    }

    /// <summary>Runs step by step, and shows every quantized value as soon as it is computed.</summary>
    public void Trace(Action<TracePoint, Span<byte>> observe)
    {
        var frame = new Frame(Memory);
        var next = 0;
        for (var step = -1; step < plan.Steps.Length; step++)
        {
            if (step >= 0)
                plan.Steps[step].RunAll(Memory);
            for (; next < plan.TracePoints.Length && plan.TracePoints[next].AfterStep == step; next++)
                observe(plan.TracePoints[next], frame.Bytes(plan.TracePoints[next].Stored.Buffer));
        }
    }

    private static unsafe int Start(byte[] memory)
    {
        var address = (nuint)Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0);
        return (int)((MemoryPlanner.Alignment - (address % MemoryPlanner.Alignment)) % MemoryPlanner.Alignment);
    }
}
