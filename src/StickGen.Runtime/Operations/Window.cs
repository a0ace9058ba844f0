using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>A size or a position in height and width.</summary>
/// <param name="Height">In rows.</param>
/// <param name="Width">In columns.</param>
public readonly record struct Size2(int Height, int Width)
{
    /// <summary>The same in both directions.</summary>
    public static implicit operator Size2(int both) => new(both, both);

    /// <summary>Such as <c>3×3</c>.</summary>
    public override string ToString() => $"{Height}×{Width}";
}

/// <summary>How a kernel slides over an image.</summary>
/// <param name="Kernel">The size of the kernel.</param>
/// <param name="Stride">The step.</param>
/// <param name="Padding">Rows and columns added on each side.</param>
/// <param name="Dilation">The step between the kernel's elements.</param>
public readonly record struct Window(Size2 Kernel, Size2 Stride, Size2 Padding, Size2 Dilation)
{
    /// <summary>The dimensions of an image after sliding; unknown ones stay unknown.</summary>
    /// <exception cref="ShapeException">The image is smaller than the kernel, or the window itself makes no sense.</exception>
    internal (Dimension Height, Dimension Width) Slide(Dimension height, Dimension width, bool ceiling = false) =>
        (Slide("height", height, Kernel.Height, Stride.Height, Padding.Height, Dilation.Height, ceiling),
         Slide("width", width, Kernel.Width, Stride.Width, Padding.Width, Dilation.Width, ceiling));

    internal static Dimension Slide(string what, Dimension size, long kernel, long stride, long padding, long dilation, bool ceiling)
    {
        if (kernel < 1 || stride < 1 || padding < 0 || dilation < 1)
            throw new ShapeException($"kernel {kernel}, stride {stride}, padding {padding}, dilation {dilation} in the {what} is not a window.");
        if (!size.IsFixed)
            return Dimension.Unknown;
        var span = size.Size + (2 * padding) - (dilation * (kernel - 1)) - 1;
        if (span < 0)
            throw new ShapeException($"the {what} {size} with padding {padding} is smaller than the kernel's {(dilation * (kernel - 1)) + 1}.");
        var result = ((ceiling ? span + stride - 1 : span) / stride) + 1;
        // As in PyTorch: the last window of a pool starts inside the image or its left padding.
        if (ceiling && (result - 1) * stride >= size.Size + padding)
            result--;
        return result;
    }
}
