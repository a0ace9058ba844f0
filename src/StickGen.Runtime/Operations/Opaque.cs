using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>
/// Something the graph does not understand. It is kept as it is in trainable variants; a model that contains it cannot be
/// deployed.
/// </summary>
/// <param name="Code">The C# code, for messages.</param>
public sealed record Opaque(string Code) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "opaque";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs) => null;
}

/// <summary>
/// Something that is known by name and by what it reads, and nothing more: a function of TorchSharp whose settings only the running code knows, a
/// module that is called with more than tensors. A model that contains it cannot be deployed.
/// </summary>
/// <param name="Function">The name: <c>einsum</c>, <c>topk</c>, the path of the module.</param>
public sealed record Call(string Function) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "call";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs) => null;
}

/// <summary>Dropout: nothing, outside of training.</summary>
/// <param name="Probability">Of an element to be zeroed in training.</param>
public sealed record Dropout(double Probability) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "dropout";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs) => ShapeChecks.Single(inputs, "input", null);
}
