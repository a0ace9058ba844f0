using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>The largest value of each window; padding never wins. Input: [N, C, H, W].</summary>
/// <param name="Window">Kernel, stride, padding, dilation.</param>
/// <param name="CeilMode">Whether a window may start in the image and end outside of its padding.</param>
public sealed record MaxPool2d(Window Window, bool CeilMode = false) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "max_pool2d";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (ShapeChecks.Single(inputs, "image", 4) is not { } image)
            return null;
        var (height, width) = Window.Slide(image[2], image[3], CeilMode);
        return new(image[0], image[1], height, width);
    }
}

/// <summary>The mean of each window. Input: [N, C, H, W].</summary>
/// <param name="Window">Kernel, stride, padding; the dilation is 1.</param>
/// <param name="CeilMode">Whether a window may start in the image and end outside of its padding.</param>
/// <param name="CountIncludePad">Whether padded zeros count as values.</param>
/// <param name="DivisorOverride">What sums are divided by instead of the number of values.</param>
public sealed record AvgPool2d(Window Window, bool CeilMode = false, bool CountIncludePad = true, int? DivisorOverride = null) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "avg_pool2d";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (ShapeChecks.Single(inputs, "image", 4) is not { } image)
            return null;
        var (height, width) = Window.Slide(image[2], image[3], CeilMode);
        return new(image[0], image[1], height, width);
    }
}

/// <summary>The mean of each of a fixed number of windows that cover the image. Input: [N, C, H, W].</summary>
/// <param name="Output">The size of the result; 0 keeps that of the input.</param>
public sealed record AdaptiveAvgPool2d(Size2 Output) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "adaptive_avg_pool2d";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (Output.Height < 0 || Output.Width < 0)
            throw new ShapeException($"the output size {Output} is negative.");
        if (ShapeChecks.Single(inputs, "image", 4) is not { } image)
            return null;
        return new(
            image[0],
            image[1],
            Output.Height == 0 ? image[2] : Output.Height,
            Output.Width == 0 ? image[3] : Output.Width);
    }
}
