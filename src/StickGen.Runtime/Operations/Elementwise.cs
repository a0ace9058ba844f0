using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>An activation on its own.</summary>
/// <param name="Activation">Which one; not <see cref="Activation.None"/>.</param>
public sealed record Activate(Activation Activation) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "activate";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs) => ShapeChecks.Single(inputs, "input", null);
}

/// <summary>The sum of two values of the same shape.</summary>
/// <param name="Activation">Applied to the result.</param>
public sealed record Add(Activation Activation = Activation.None) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "add";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (inputs.Length != 2)
            throw new ShapeException($"{inputs.Length} inputs; two are expected.");
        if (inputs[0].Shape is not { } left || inputs[1].Shape is not { } right)
            return inputs[0].Shape ?? inputs[1].Shape;
        if (left.Rank != right.Rank)
            throw new ShapeException($"the shapes {left} and {right} differ; broadcasting is not supported.");
        for (var i = 0; i < left.Rank; i++)
            ShapeChecks.Same($"dimension {i} of '{inputs[0].Name}'", left[i], $"that of '{inputs[1].Name}'", right[i]);
        return left;
    }
}

/// <summary>
/// Batch normalization with running statistics, (x − mean) / √(variance + epsilon) · γ + β for each channel. Inputs:
/// [N, C, ...], then γ, β, mean and variance of length C.
/// </summary>
/// <param name="Epsilon">Added to the variance.</param>
public sealed record BatchNorm(double Epsilon) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "batch_norm";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (inputs.Length != 5)
            throw new ShapeException($"{inputs.Length} inputs; the input, weight, bias, mean and variance are expected.");
        var channels = ShapeChecks.Constant(inputs[1], "weight", 1)[0];
        ShapeChecks.Same("length of the bias", ShapeChecks.Constant(inputs[2], "bias", 1)[0], "length of the weight", channels);
        ShapeChecks.Same("length of the mean", ShapeChecks.Constant(inputs[3], "mean", 1)[0], "length of the weight", channels);
        ShapeChecks.Same("length of the variance", ShapeChecks.Constant(inputs[4], "variance", 1)[0], "length of the weight", channels);
        if (inputs[0].Shape is not { } shape)
            return null;
        if (shape.Rank < 2)
            throw new ShapeException($"the input has the shape {shape}; at least rank 2 is expected.");
        ShapeChecks.Same("channels", shape[1], "length of the weight", channels);
        return shape;
    }
}

/// <summary>From float32 to integers; the result's quantization says how.</summary>
public sealed record Quantize : Operation
{
    /// <inheritdoc/>
    public override string Kind => "quantize";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs) => ShapeChecks.Single(inputs, "input", null);
}

/// <summary>From integers to float32; the input's quantization says how.</summary>
public sealed record Dequantize : Operation
{
    /// <inheritdoc/>
    public override string Kind => "dequantize";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs) => ShapeChecks.Single(inputs, "input", null);
}
