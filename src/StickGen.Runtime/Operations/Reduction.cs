using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>One value of all along some dimensions.</summary>
/// <param name="Function">The name of TorchSharp's function: <c>mean</c>, <c>sum</c>, <c>amax</c>, <c>argmax</c>, …</param>
/// <param name="Axes">The dimensions, negative from the end; none for all.</param>
/// <param name="KeepDimensions">Whether they stay, with the size 1.</param>
public sealed record Reduce(string Function, IntegerList Axes, bool KeepDimensions = false) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "reduce";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (ShapeChecks.Single(inputs, "input", null) is not { } shape)
            return null;
        var reduced = Axes.Count == 0 ? Enumerable.Range(0, shape.Rank).ToHashSet() : Axes.Select(axis => ShapeChecks.Axis(shape, axis)).ToHashSet();
        return new([.. shape.Select((size, i) => reduced.Contains(i) ? 1 : size).Where((_, i) => KeepDimensions || !reduced.Contains(i))]);
    }
}
