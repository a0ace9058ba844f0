using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>Repeats dimensions of size 1, and adds such in front.</summary>
/// <param name="Target">The dimensions of the result.</param>
public sealed record Expand(Shape Target) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "expand";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (ShapeChecks.Single(inputs, "input", null) is not { } shape)
            return Target;
        if (shape.Rank > Target.Rank)
            throw new ShapeException($"the shape {shape} cannot be expanded to {Target}, which has fewer dimensions.");
        Dimension one = 1;
        for (var i = 1; i <= shape.Rank; i++)
        {
            if (shape[-i] != one)
                ShapeChecks.Same($"dimension {-i} of {shape}", shape[-i], $"that of {Target}", Target[-i]);
        }

        return Target;
    }
}

/// <summary>Each pixel several times. Input: [N, C, H, W].</summary>
/// <param name="Factor">How often it is repeated in height and width.</param>
public sealed record Upsample(Size2 Factor) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "upsample";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (Factor.Height < 1 || Factor.Width < 1)
            throw new ShapeException($"the factor {Factor} is not at least 1.");
        return ShapeChecks.Single(inputs, "image", 4) is { } image
            ? new(image[0], image[1], image[2] * Factor.Height, image[3] * Factor.Width)
            : null;
    }
}
