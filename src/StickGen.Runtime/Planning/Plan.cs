using StickGen.Graphs;
using StickGen.Kernels;

namespace StickGen.Planning;

/// <summary>Where a value is, and how.</summary>
internal sealed record Stored(Buffer Buffer, Layout Layout);

/// <summary>A quantized value that can be looked at after a step.</summary>
internal sealed record TracePoint(int AfterStep, GraphValue Value, Stored Stored);

/// <summary>A step and into how many parts it is divided, which can be computed at the same time.</summary>
internal readonly record struct PlannedStep(Step Run, int Parts)
{
    /// <summary>All parts, one after the other.</summary>
    public void RunAll(Frame frame)
    {
        for (var i = 0; i < Parts; i++)
            Run(frame, new Part(i, Parts));
    }
}

/// <summary>A graph made ready for one size of each input: kernel calls over planned memory. Immutable.</summary>
internal sealed class Plan
{
    public required PlannedStep[] Steps { get; init; }

    public required Buffer[] Inputs { get; init; }

    public required Buffer[] Outputs { get; init; }

    /// <summary>In the order of their steps.</summary>
    public required TracePoint[] TracePoints { get; init; }

    /// <summary>The bytes of memory a context needs.</summary>
    public required int MemoryBytes { get; init; }

    /// <summary>Runs all steps on this thread.</summary>
    public void Run(Frame frame)
    {
        foreach (var step in Steps)
            step.RunAll(frame);
    }
}
