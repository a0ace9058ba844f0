using System.Runtime.InteropServices;
using StickGen.Kernels.Grouped;
using StickGen.Quantization;

namespace StickGen.Kernels.Portable;

/// <summary>The definition of every kernel: plain loops over <see cref="AffineQuantization"/> and <see cref="Requantization"/>.</summary>
internal sealed class PortableKernels : IKernels
{
    private PortableKernels()
    {
    }

    public static PortableKernels Instance { get; } = new();

    public string Name => "portable";

    public IGroupedProducts Grouped => PortableGroupedProducts.Instance;

    public IConvolution Convolution(ConvolutionDefinition definition, ReadOnlySpan<sbyte> weights) =>
        new PortableConvolution(definition, weights);

    public void Quantize(ReadOnlySpan<float> source, Span<byte> target, in IntegerRange range)
    {
        var (scale, zeroPoint, low, high) = range;
        target = target[..source.Length];
        for (var i = 0; i < source.Length; i++)
            target[i] = (byte)AffineQuantization.Quantize(source[i], scale, zeroPoint, low, high);
    }

    public void Dequantize(ReadOnlySpan<byte> source, Span<float> target, in IntegerRange range)
    {
        var (scale, zeroPoint, _, _) = range;
        target = target[..source.Length];
        for (var i = 0; i < source.Length; i++)
            target[i] = AffineQuantization.Dequantize(source[i], scale, zeroPoint);
    }

    public void Add(
        ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, int inputZeroPoint, float multiplier, in IntegerRange range)
    {
        var (_, zeroPoint, low, high) = range;
        right = right[..left.Length];
        target = target[..left.Length];
        for (var i = 0; i < left.Length; i++)
            target[i] = (byte)Requantization.Requantize(left[i] + right[i] - (2 * inputZeroPoint), multiplier, zeroPoint, low, high);
    }

    public void Arithmetic(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, in ArithmeticDefinition definition) =>
        PortableArithmetic.Run(left, right, target, definition);

    public void MatMul(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, Span<byte> scratch, in MatMulDefinition definition) =>
        RowFunctions.MatMul(left, right, target, MemoryMarshal.Cast<byte, int>(scratch), definition);

    public long MatMulScratchBytes(int rows, int inner, int columns) => sizeof(int) * (long)columns;

    public void Clamp(ReadOnlySpan<byte> source, Span<byte> target, byte low, byte high)
    {
        target = target[..source.Length];
        for (var i = 0; i < source.Length; i++)
            target[i] = Math.Clamp(source[i], low, high);
    }

    public void Softmax(ReadOnlySpan<byte> source, Span<byte> target, int length, ReadOnlySpan<int> table, in IntegerRange range) =>
        RowFunctions.Softmax(source, target, length, table, range);

    public void Normalize(
        ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<float> factors, ReadOnlySpan<float> offsets, in NormalizationDefinition definition) =>
        RowFunctions.Normalize(source, target, factors, offsets, definition);

    public void Lookup(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<byte> table)
    {
        target = target[..source.Length];
        for (var i = 0; i < source.Length; i++)
            target[i] = table[source[i]];
    }

    public void MaxPool(ReadOnlySpan<byte> source, Span<byte> target, in MaxPoolGeometry geometry, byte lowest)
    {
        var (images, height, width, channels, outputHeight, outputWidth, window) = geometry;
        var position = 0;
        for (var n = 0; n < images; n++)
        {
            for (var y = 0; y < outputHeight; y++)
            {
                for (var x = 0; x < outputWidth; x++)
                {
                    var maximum = target.Slice(position, channels);
                    position += channels;
                    maximum.Fill(lowest);
                    for (var row = 0; row < window.Kernel.Height; row++)
                    {
                        var h = (y * window.Stride.Height) - window.Padding.Height + (row * window.Dilation.Height);
                        if ((uint)h >= (uint)height)
                            continue;
                        for (var column = 0; column < window.Kernel.Width; column++)
                        {
                            var w = (x * window.Stride.Width) - window.Padding.Width + (column * window.Dilation.Width);
                            if ((uint)w >= (uint)width)
                                continue;
                            var pixel = source.Slice(((((n * height) + h) * width) + w) * channels, channels);
                            for (var c = 0; c < channels; c++)
                                maximum[c] = Math.Max(maximum[c], pixel[c]);
                        }
                    }
                }
            }
        }
    }

    public void MeanPool(ReadOnlySpan<byte> source, Span<byte> target, in MeanPoolGeometry geometry, in MeanPoolScales scales)
    {
        var (images, channels, rows, columns, divisor) = geometry;
        var (inputScale, inputZeroPoint, (outputScale, zeroPoint, low, high)) = scales;
        var position = 0;
        for (var n = 0; n < images; n++)
        {
            for (var y = 0; y < rows.Output; y++)
            {
                var (top, bottom, rowCount) = rows.Window(y);
                for (var x = 0; x < columns.Output; x++)
                {
                    var (left, right, columnCount) = columns.Window(x);
                    var count = divisor == 0 ? rowCount * columnCount : divisor;
                    var multiplier = Requantization.MeanMultiplier(inputScale, outputScale, count);
                    for (var c = 0; c < channels; c++)
                    {
                        var sum = 0;
                        for (var h = top; h < bottom; h++)
                        {
                            for (var w = left; w < right; w++)
                                sum += source[(((((n * rows.Input) + h) * columns.Input) + w) * channels) + c] - inputZeroPoint;
                        }

                        target[position++] = (byte)Requantization.Requantize(sum, multiplier, zeroPoint, low, high);
                    }
                }
            }
        }
    }

    public void Transpose(ReadOnlySpan<byte> source, Span<byte> target, int matrices, int rows, int columns) =>
        Transposition.Run(source, target, matrices, rows, columns);
}
