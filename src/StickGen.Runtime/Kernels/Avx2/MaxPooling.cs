using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StickGen.Operations;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// Maxima of windows. In general a window is read once for each vector of channels; where an image has few channels and no
/// window leaves it, whole rows are compared first, whatever channels they are of.
/// </summary>
internal static class MaxPooling
{
    private const int RowBytes = 4096;

    public static void Run(ReadOnlySpan<byte> source, Span<byte> target, in MaxPoolGeometry geometry, byte lowest)
    {
        var (images, height, width, channels, outputHeight, outputWidth, window) = geometry;
        var staysInside = window.Padding == 0 && window.Dilation == 1
            && ((outputHeight - 1) * window.Stride.Height) + window.Kernel.Height <= height
            && ((outputWidth - 1) * window.Stride.Width) + window.Kernel.Width <= width;
        var imageBytes = height * width * channels;
        var outputBytes = outputHeight * outputWidth * channels;
        for (var n = 0; n < images; n++)
        {
            var image = source.Slice(n * imageBytes, imageBytes);
            var output = target.Slice(n * outputBytes, outputBytes);
            if (staysInside && channels <= Vector128<byte>.Count && width * channels <= RowBytes)
                RunRows(image, output, geometry);
            else
                RunWindows(image, output, geometry, lowest);
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunRows(ReadOnlySpan<byte> image, Span<byte> output, in MaxPoolGeometry geometry)
    {
        var (_, _, width, channels, outputHeight, outputWidth, window) = geometry;
        // Beyond a row a vector more may be read, and is not used.
        Span<byte> row = stackalloc byte[RowBytes + (2 * Vector256<byte>.Count)];
        ref var maxima = ref MemoryMarshal.GetReference(row);
        var rowBytes = width * channels;
        var outputBytes = outputWidth * channels;
        for (var y = 0; y < outputHeight; y++)
        {
            var rows = image.Slice(y * window.Stride.Height * rowBytes, window.Kernel.Height * rowBytes);
            Maxima(rows, rowBytes, row);
            ref var to = ref MemoryMarshal.GetReference(output.Slice(y * outputBytes, outputBytes));
            for (var x = 0; x < outputWidth; x++)
            {
                ref var first = ref Unsafe.Add(ref maxima, x * window.Stride.Width * channels);
                var maximum = Vector128.LoadUnsafe(ref first);
                for (var column = 1; column < window.Kernel.Width; column++)
                    maximum = Sse2.Max(maximum, Vector128.LoadUnsafe(ref first, (nuint)(column * channels)));
                // What is stored beyond the pixel is overwritten by the next one; the last ones must not do it.
                var place = x * channels;
                PartialStore.Store(maximum, place + Vector128<byte>.Count <= outputBytes ? Vector128<byte>.Count : channels, ref Unsafe.Add(ref to, place));
            }
        }
    }

    /// <summary>The maxima of rows that follow one another, element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Maxima(ReadOnlySpan<byte> rows, int rowBytes, Span<byte> target)
    {
        ref var from = ref MemoryMarshal.GetReference(rows);
        ref var to = ref MemoryMarshal.GetReference(target);
        var i = 0;
        for (; i <= rowBytes - Vector256<byte>.Count; i += Vector256<byte>.Count)
        {
            var maximum = Vector256.LoadUnsafe(ref from, (nuint)i);
            for (var row = i + rowBytes; row < rows.Length; row += rowBytes)
                maximum = AvxTwo.Max(maximum, Vector256.LoadUnsafe(ref from, (nuint)row));
            maximum.StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < rowBytes; i++)
        {
            var maximum = rows[i];
            for (var row = i + rowBytes; row < rows.Length; row += rowBytes)
                maximum = Math.Max(maximum, rows[row]);
            target[i] = maximum;
        }
    }

    private static void RunWindows(ReadOnlySpan<byte> image, Span<byte> output, in MaxPoolGeometry geometry, byte lowest)
    {
        var (_, height, width, channels, outputHeight, outputWidth, window) = geometry;
        var position = 0;
        for (var y = 0; y < outputHeight; y++)
        {
            var top = (y * window.Stride.Height) - window.Padding.Height;
            var (firstRow, endRow) = Inside(top, height, window.Kernel.Height, window.Dilation.Height);
            for (var x = 0; x < outputWidth; x++)
            {
                var left = (x * window.Stride.Width) - window.Padding.Width;
                var (firstColumn, endColumn) = Inside(left, width, window.Kernel.Width, window.Dilation.Width);
                var maximum = output.Slice(position, channels);
                position += channels;
                maximum.Fill(lowest);
                for (var row = firstRow; row < endRow; row++)
                {
                    var line = (top + (row * window.Dilation.Height)) * width;
                    for (var column = firstColumn; column < endColumn; column++)
                        Raise(maximum, image.Slice((line + left + (column * window.Dilation.Width)) * channels, channels));
                }
            }
        }
    }

    /// <summary>The taps of a window that are inside the image.</summary>
    private static (int First, int End) Inside(int start, int size, int kernel, int dilation)
    {
        var first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
        var end = Math.Min(kernel, (size - start + dilation - 1) / dilation);
        return (first, end);
    }

    private static void Raise(Span<byte> maximum, ReadOnlySpan<byte> values)
    {
        ref var to = ref MemoryMarshal.GetReference(maximum);
        ref var from = ref MemoryMarshal.GetReference(values[..maximum.Length]);
        var i = 0;
        for (; i <= maximum.Length - Vector256<byte>.Count; i += Vector256<byte>.Count)
            AvxTwo.Max(Vector256.LoadUnsafe(ref to, (nuint)i), Vector256.LoadUnsafe(ref from, (nuint)i)).StoreUnsafe(ref to, (nuint)i);
        for (; i < maximum.Length; i++)
            maximum[i] = Math.Max(maximum[i], values[i]);
    }
}
