using StickGen.Graphs;

namespace StickGen.Planning;

/// <summary>Where a value is, and how.</summary>
internal sealed record Stored(Buffer Buffer, Layout Layout);

/// <summary>A quantized value that can be looked at after a step.</summary>
internal sealed record TracePoint(int AfterStep, GraphValue Value, Stored Stored);

/// <summary>A graph made ready for one size of each input: kernel calls over planned memory. Immutable.</summary>
internal sealed class Plan
{
    public required Step[] Steps { get; init; }

    public required Buffer[] Inputs { get; init; }

    public required Buffer[] Outputs { get; init; }

    /// <summary>In the order of their steps.</summary>
    public required TracePoint[] TracePoints { get; init; }

    /// <summary>The bytes of memory a context needs.</summary>
    public required int MemoryBytes { get; init; }

    public void Run(Span<byte> memory)
    {
        var frame = new Frame(memory);
        foreach (var step in Steps)
            step(frame);
    }
}
