using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// Some rows of a padded image as 16-bit integers, in scratch memory. With them a convolution finds all its inputs by
/// adding offsets; there is no im2col.
/// </summary>
internal readonly struct WideImage
{
    /// <summary>Bands of rows are as high as fits this, so that they stay in the second-level cache.</summary>
    private const int BandBytes = 192 << 10;

    /// <summary>Kernels read whole vectors and pairs, and so past the last element, which is then multiplied by 0.</summary>
    private const int SlackBytes = 64;

    private const int Lanes = 16;

    private readonly ConvolutionDefinition definition;
    private readonly ConvolutionGeometry geometry;

    public WideImage(ConvolutionDefinition definition, in ConvolutionGeometry geometry)
    {
        (this.definition, this.geometry) = (definition, geometry);
        var window = definition.Window;
        RowElements = (geometry.Width + (2L * window.Padding.Width)) * definition.InputChannels;
        var span = ((window.Kernel.Height - 1) * window.Dilation.Height) + 1;
        var affordable = (BandBytes / (RowElements * sizeof(short))) - span;
        BandRows = (int)Math.Clamp((affordable / window.Stride.Height) + 1, 1, geometry.OutputHeight);
        InputRows = ((BandRows - 1) * window.Stride.Height) + span;
    }

    /// <summary>Elements from a row to the next.</summary>
    public long RowElements { get; }

    /// <summary>Rows of the output that are computed from one band.</summary>
    public int BandRows { get; }

    /// <summary>Rows of the input in a band.</summary>
    private int InputRows { get; }

    /// <summary>The memory of a band, or, if it does not fit an int64, more than can be allocated.</summary>
    public long Bytes => (long)Int128.Min(((Int128)RowElements * InputRows * sizeof(short)) + SlackBytes, 1L << 62);

    /// <summary>Widens the rows that a band of the output needs.</summary>
    /// <param name="image">One image.</param>
    /// <param name="firstOutputRow">Of the band.</param>
    /// <param name="outputRows">In the band, at most <see cref="BandRows"/>.</param>
    /// <param name="target"><see cref="Bytes"/> of memory.</param>
    public void Fill(ReadOnlySpan<byte> image, int firstOutputRow, int outputRows, Span<short> target)
    {
        var window = definition.Window;
        var rowElements = (int)RowElements;
        var margin = window.Padding.Width * definition.InputChannels;
        var row = (firstOutputRow * window.Stride.Height) - window.Padding.Height;
        var rows = InputRows - ((BandRows - outputRows) * window.Stride.Height);
        if (margin == 0 && row >= 0 && row + rows <= geometry.Height)
        {
            Widen(image.Slice(row * rowElements, rows * rowElements), target);
            return;
        }

        for (var end = row + rows; row < end; row++)
        {
            var to = target[..rowElements];
            target = target[rowElements..];
            if ((uint)row >= (uint)geometry.Height)
            {
                to.Fill(definition.InputZeroPoint);
                continue;
            }

            to[..margin].Fill(definition.InputZeroPoint);
            to[^margin..].Fill(definition.InputZeroPoint);
            Widen(image.Slice(row * (rowElements - (2 * margin)), rowElements - (2 * margin)), to[margin..]);
        }
    }

    private static void Widen(ReadOnlySpan<byte> source, Span<short> target)
    {
        target = target[..source.Length];
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(target);
        var i = 0;
        for (; i <= source.Length - Lanes; i += Lanes)
            AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref from, (nuint)i)).StoreUnsafe(ref to, (nuint)i);
        if (i == source.Length)
            return;
        if (source.Length >= Lanes)
        {
            // The last vector again takes some that were done.
            i = source.Length - Lanes;
            AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref from, (nuint)i)).StoreUnsafe(ref to, (nuint)i);
            return;
        }

        for (; i < source.Length; i++)
            target[i] = source[i];
    }
}
