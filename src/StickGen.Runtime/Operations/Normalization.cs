using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>
/// Subtracts the mean and divides by the standard deviation of each sample, each group of channels or each channel; then optionally
/// multiplies and adds constants. Inputs: the value, and optionally γ and β.
/// </summary>
/// <param name="Function">The name of TorchSharp's function: <c>layer_norm</c>, <c>group_norm</c>, <c>instance_norm</c>.</param>
/// <param name="Size">Of a layer norm the number of trailing dimensions, of a group norm the number of groups.</param>
/// <param name="Epsilon">Added to the variance.</param>
public sealed record Normalize(string Function, int Size, double Epsilon = 1e-5) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "normalize";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs) => inputs.Length is >= 1 and <= 3
        ? inputs[0].Shape
        : throw new ShapeException($"{inputs.Length} inputs; the value and optionally weight and bias are expected.");
}

/// <summary>
/// exp(x) over its sum along a dimension. Inputs: the value, and of a quantized one the table of exp(−scale · d) for the distances d = 0 … 255 from
/// the greatest element, as multiples of 1 / <see cref="One"/>.
/// </summary>
/// <param name="Axis">The dimension; negative from the end.</param>
/// <param name="Logarithm">Whether its logarithm is computed.</param>
public sealed record Softmax(int Axis, bool Logarithm = false) : Operation
{
    /// <summary>What stands for 1 in the table: a float32 has all its entries without error.</summary>
    public const int One = 1 << 23;

    /// <inheritdoc/>
    public override string Kind => "softmax";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (inputs.Length == 2)
            ShapeChecks.Same("length of the table", ShapeChecks.Constant(inputs[1], "table", 1)[0], "the number of bytes", Lookup.Entries);
        var shape = ShapeChecks.Single(inputs[..(inputs.Length == 2 ? 1 : inputs.Length)], "input", null);
        if (shape is not null)
            ShapeChecks.Axis(shape, Axis);
        return shape;
    }
}
