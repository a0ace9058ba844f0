using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StickGen.Quantization;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>Means of windows, eight channels at a time: Σ (q − z) = Σ q − z · count.</summary>
internal static class MeanPooling
{
    private const int Lanes = 8;

    public static void Run(ReadOnlySpan<byte> source, Span<byte> target, in MeanPoolGeometry geometry, in MeanPoolScales scales)
    {
        var (images, channels, rows, columns, divisor) = geometry;
        var requantizer = new Requantizer(scales.Output);
        var imageBytes = rows.Input * columns.Input * channels;
        var (knownCount, multiplier) = (0, 0f);
        var position = 0;
        for (var n = 0; n < images; n++)
        {
            var image = source.Slice(n * imageBytes, imageBytes);
            for (var y = 0; y < rows.Output; y++)
            {
                var (top, bottom, rowCount) = rows.Window(y);
                for (var x = 0; x < columns.Output; x++)
                {
                    var (left, right, columnCount) = columns.Window(x);
                    var count = divisor == 0 ? rowCount * columnCount : divisor;
                    if (count != knownCount)
                        (knownCount, multiplier) = (count, Requantization.MeanMultiplier(scales.InputScale, scales.Output.Scale, count));
                    var first = ((top * columns.Input) + left) * channels;
                    var window = image.Slice(first, ((((bottom - 1 - top) * columns.Input) + right - left) * channels));
                    Mean(
                        window,
                        bottom - top,
                        columns.Input * channels,
                        right - left,
                        scales.InputZeroPoint,
                        multiplier,
                        requantizer,
                        scales.Output,
                        target.Slice(position, channels));
                    position += channels;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mean(
        ReadOnlySpan<byte> window,
        int rows,
        int rowStep,
        int columns,
        int zeroPoint,
        float multiplier,
        in Requantizer requantizer,
        in IntegerRange range,
        Span<byte> target)
    {
        var channels = target.Length;
        ref var from = ref MemoryMarshal.GetReference(window);
        ref var to = ref MemoryMarshal.GetReference(target);
        var offset = Vector256.Create(-zeroPoint * rows * columns);
        var channel = 0;
        for (; channel <= channels - Lanes; channel += Lanes)
        {
            var sum = offset;
            for (var row = 0; row < rows; row++)
            {
                ref var pixel = ref Unsafe.Add(ref from, (row * rowStep) + channel);
                for (var column = 0; column < columns; column++)
                {
                    var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref pixel, column * channels))).AsByte();
                    sum = AvxTwo.Add(sum, AvxTwo.ConvertToVector256Int32(bytes));
                }
            }

            var mean = Requantizer.Pack(requantizer.Requantize(sum, Vector256.Create(multiplier)));
            PartialStore.Store(mean, Lanes, ref Unsafe.Add(ref to, channel));
        }

        for (; channel < channels; channel++)
        {
            var sum = 0;
            for (var row = 0; row < rows; row++)
            {
                for (var column = 0; column < columns; column++)
                    sum += window[(row * rowStep) + (column * channels) + channel] - zeroPoint;
            }

            target[channel] = (byte)Requantization.Requantize(sum, multiplier, range.ZeroPoint, range.Low, range.High);
        }
    }
}
