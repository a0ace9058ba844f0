namespace StickGen.Kernels.Avx2;

/// <summary>
/// Some rows of an image with its padding, in scratch memory, or where they are if there is no padding. With them a convolution finds
/// all its inputs by adding offsets; there is no im2col.
/// </summary>
internal readonly struct PaddedImage
{
    /// <summary>Bands of rows are as high as fits this, so that they stay in the second-level cache.</summary>
    private const int BandBytes = 192 << 10;

    /// <summary>The outputs of a band, likewise.</summary>
    private const int OutputBytes = 128 << 10;

    /// <summary>Kernels read whole vectors and quads, and so past the last element, which is then multiplied by 0.</summary>
    private const int SlackBytes = 64;

    private readonly ConvolutionDefinition definition;
    private readonly ConvolutionGeometry geometry;
    private readonly bool isCopied;

    /// <param name="definition">Of the convolution.</param>
    /// <param name="geometry">Of the images.</param>
    /// <param name="readsBeyond">Whether the kernel reads past the last element of a pixel's inputs.</param>
    public PaddedImage(ConvolutionDefinition definition, in ConvolutionGeometry geometry, bool readsBeyond)
    {
        (this.definition, this.geometry) = (definition, geometry);
        var window = definition.Window;
        isCopied = readsBeyond || window.Padding.Height > 0 || window.Padding.Width > 0;
        RowBytes = (geometry.Width + (2L * window.Padding.Width)) * definition.InputChannels;
        var span = ((window.Kernel.Height - 1) * window.Dilation.Height) + 1;
        var affordable = (BandBytes / RowBytes) - span;
        // Each panel goes over the band's outputs, which are to be in cache still when the next one does.
        var outputRows = OutputBytes / ((long)geometry.OutputWidth * definition.OutputChannels);
        BandRows = (int)Math.Clamp(Math.Min((affordable / window.Stride.Height) + 1, outputRows), 1, geometry.OutputHeight);
        InputRows = ((BandRows - 1) * window.Stride.Height) + span;
    }

    /// <summary>Bytes from a row to the next.</summary>
    public long RowBytes { get; }

    /// <summary>Rows of the output that are computed from one band, at most.</summary>
    public int BandRows { get; }

    /// <summary>The memory of a band, or, if it does not fit an int64, more than can be allocated.</summary>
    public long ScratchBytes => isCopied ? (long)Int128.Min(((Int128)RowBytes * InputRows) + SlackBytes, 1L << 62) : 0;

    /// <summary>Rows of the input in a band.</summary>
    private int InputRows { get; }

    /// <summary>The rows that a band of the output needs.</summary>
    /// <param name="image">One image.</param>
    /// <param name="firstOutputRow">Of the band.</param>
    /// <param name="outputRows">In the band, at most <see cref="BandRows"/>.</param>
    /// <param name="scratch"><see cref="ScratchBytes"/> of memory.</param>
    public ReadOnlySpan<byte> Band(ReadOnlySpan<byte> image, int firstOutputRow, int outputRows, Span<byte> scratch)
    {
        var window = definition.Window;
        var rowBytes = (int)RowBytes;
        var margin = window.Padding.Width * definition.InputChannels;
        var row = (firstOutputRow * window.Stride.Height) - window.Padding.Height;
        var rows = InputRows - ((BandRows - outputRows) * window.Stride.Height);
        if (!isCopied)
            return image.Slice(row * rowBytes, rows * rowBytes);

        var target = scratch;
        var padding = definition.InputZeroPoint;
        for (var end = row + rows; row < end; row++)
        {
            var to = target[..rowBytes];
            target = target[rowBytes..];
            if ((uint)row >= (uint)geometry.Height)
            {
                to.Fill(padding);
                continue;
            }

            to[..margin].Fill(padding);
            to[^margin..].Fill(padding);
            var inside = rowBytes - (2 * margin);
            image.Slice(row * inside, inside).CopyTo(to[margin..]);
        }

        return scratch;
    }
}
