using StickGen.Operations;

namespace StickGen.Kernels.Float;

/// <summary>Operations on float32 values; one implementation for all instruction sets.</summary>
internal static class FloatKernels
{
    public static void Activate(ReadOnlySpan<float> source, Span<float> target, Activation activation)
    {
        target = target[..source.Length];
        for (var i = 0; i < source.Length; i++)
            target[i] = activation.Apply(source[i]);
    }

    public static void Add(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> target, Activation activation)
    {
        right = right[..left.Length];
        target = target[..left.Length];
        for (var i = 0; i < left.Length; i++)
            target[i] = activation.Apply(left[i] + right[i]);
    }

    /// <summary>x · factor + offset with a factor and an offset for each channel, channels innermost.</summary>
    public static void ScaleAndShift(ReadOnlySpan<float> source, Span<float> target, ReadOnlySpan<float> factors, ReadOnlySpan<float> offsets)
    {
        offsets = offsets[..factors.Length];
        for (var i = 0; i < source.Length; i += factors.Length)
        {
            var from = source.Slice(i, factors.Length);
            var to = target.Slice(i, factors.Length);
            for (var c = 0; c < factors.Length; c++)
                to[c] = (from[c] * factors[c]) + offsets[c];
        }
    }

    /// <summary>The largest value of each window; NaN if one is, −∞ for a window that has no value.</summary>
    public static void MaxPool(ReadOnlySpan<float> source, Span<float> target, in MaxPoolGeometry geometry)
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
                    maximum.Fill(float.NegativeInfinity);
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
                                maximum[c] = pixel[c] > maximum[c] || float.IsNaN(pixel[c]) ? pixel[c] : maximum[c];
                        }
                    }
                }
            }
        }
    }

    /// <summary>The mean of each window: the sum, one value after the other, divided by the count.</summary>
    public static void MeanPool(ReadOnlySpan<float> source, Span<float> target, in MeanPoolGeometry geometry)
    {
        var (images, channels, rows, columns, divisor) = geometry;
        var position = 0;
        for (var n = 0; n < images; n++)
        {
            for (var y = 0; y < rows.Output; y++)
            {
                var (top, bottom, rowCount) = rows.Window(y);
                for (var x = 0; x < columns.Output; x++)
                {
                    var (left, right, columnCount) = columns.Window(x);
                    var sums = target.Slice(position, channels);
                    position += channels;
                    sums.Clear();
                    for (var h = top; h < bottom; h++)
                    {
                        for (var w = left; w < right; w++)
                        {
                            var pixel = source.Slice(((((n * rows.Input) + h) * columns.Input) + w) * channels, channels);
                            for (var c = 0; c < channels; c++)
                                sums[c] += pixel[c];
                        }
                    }

                    float count = divisor == 0 ? rowCount * columnCount : divisor;
                    for (var c = 0; c < channels; c++)
                        sums[c] /= count;
                }
            }
        }
    }
}
