using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>
/// Cross-correlation in one or three dimensions, or a transposed one in any number. Inputs: [N, C, ...], weight, and optionally a bias;
/// two-dimensional convolution is <see cref="Conv2d"/>.
/// </summary>
/// <param name="Kernel">The size of the kernel.</param>
/// <param name="Stride">The step.</param>
/// <param name="Padding">Zeros added on each side.</param>
/// <param name="Dilation">The distance of the kernel's elements.</param>
/// <param name="Groups">The channels are convolved in that many groups.</param>
/// <param name="OutputPadding">Of a transposed convolution what is added to the size of the result; else <see langword="null"/>.</param>
public sealed record Convolution(
    IntegerList Kernel, IntegerList Stride, IntegerList Padding, IntegerList Dilation, long Groups, IntegerList? OutputPadding = null) : Operation
{
    /// <inheritdoc/>
    public override string Kind => OutputPadding is null ? "convolution" : "transposed_convolution";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (inputs.Length is < 2 or > 3)
            throw new ShapeException($"{inputs.Length} inputs; the image, the weight and optionally a bias are expected.");
        var weight = ShapeChecks.Constant(inputs[1], "weight", Kernel.Count + 2);
        if (inputs[0].Shape is not { } image)
            return null;
        if (image.Rank != Kernel.Count + 2)
            throw new ShapeException($"the image has the shape {image}; rank {Kernel.Count + 2} is expected.");
        var isTransposed = OutputPadding is not null;
        ShapeChecks.Same("channels", image[1], "those of the weight", isTransposed ? weight[0] : weight[1] * Groups);
        var result = image.With(1, isTransposed ? weight[1] * Groups : weight[0]);
        for (var i = 0; i < Kernel.Count; i++)
        {
            var size = image[i + 2];
            result = result.With(i + 2, isTransposed && size.IsFixed
                ? ((size.Size - 1) * Stride[i]) - (2 * Padding[i]) + (Dilation[i] * (Kernel[i] - 1)) + OutputPadding![i] + 1
                : isTransposed ? Dimension.Unknown : Window.Slide($"dimension {i + 2}", size, Kernel[i], Stride[i], Padding[i], Dilation[i], false));
        }

        return result;
    }
}

/// <summary>One value of each window, in one or three dimensions. Input: [N, C, ...].</summary>
/// <param name="Function">The name of TorchSharp's function: <c>max_pool1d</c>, <c>avg_pool3d</c>, …</param>
/// <param name="Kernel">The size of the window.</param>
/// <param name="Stride">The step.</param>
/// <param name="Padding">What is added on each side.</param>
/// <param name="Dilation">The distance of the window's elements.</param>
/// <param name="CeilMode">Whether a window may start in the image and end outside of its padding.</param>
public sealed record Pool(
    string Function, IntegerList Kernel, IntegerList Stride, IntegerList Padding, IntegerList Dilation, bool CeilMode) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "pool";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (ShapeChecks.Single(inputs, "image", null) is not { } image)
            return null;
        if (image.Rank < Kernel.Count + 1)
            throw new ShapeException($"the image has the shape {image}; {Kernel.Count} dimensions are pooled.");
        var first = image.Rank - Kernel.Count;
        for (var i = 0; i < Kernel.Count; i++)
            image = image.With(first + i, Window.Slide($"dimension {first + i}", image[first + i], Kernel[i], Stride[i], Padding[i], Dilation[i], CeilMode));
        return image;
    }
}

/// <summary>The image in another size: pooled, interpolated or padded. Input: [N, C, ...].</summary>
/// <param name="Function">The name of TorchSharp's function: <c>upsample</c>, <c>pad</c>, <c>adaptive_max_pool2d</c>, …</param>
/// <param name="Sizes">The sizes of the last dimensions of the result; an unknown one is not known.</param>
public sealed record Resize(string Function, Shape Sizes) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "resize";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (ShapeChecks.Single(inputs, "image", null) is not { } image)
            return null;
        return Sizes.Rank <= image.Rank
            ? new([.. image.Take(image.Rank - Sizes.Rank), .. Sizes])
            : throw new ShapeException($"the image has the shape {image}, and is to get the size {Sizes}.");
    }
}
