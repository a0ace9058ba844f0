using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>A parameter or a buffer as a value. Input: the constant.</summary>
/// <param name="IsParameter">Whether it is trained.</param>
public sealed record State(bool IsParameter) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "state";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs) => ShapeChecks.Single(inputs, "state", null);
}

/// <summary>Something that is computed from settings alone: <c>zeros</c>, <c>arange</c>.</summary>
/// <param name="Function">The name of TorchSharp's function.</param>
/// <param name="Target">The dimensions of the result, or <see langword="null"/> if they are not known.</param>
public sealed record Create(string Function, Shape? Target) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "create";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs) => Target;
}

/// <summary>Something of the first input's shape that no other operation says more of: <c>tril</c>, <c>cumsum</c>, <c>to</c>.</summary>
/// <param name="Function">The name of TorchSharp's function.</param>
public sealed record Map(string Function) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "map";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs) => inputs[0].Shape;
}
