using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// Two rows of a depthwise 3×3 convolution of stride 1. They read four rows of the input, which are widened and interleaved in pairs once for a
/// column and used for the three pixels that it is part of: with a tap less in each pair, that is a third of the work on bytes.
/// </summary>
internal sealed class DepthwiseRowPair
{
    private const int Lanes = 16;
    private const int Half = 8;

    /// <summary>Of one column: what its first two rows and its last two contribute to the upper and to the lower row of the output.</summary>
    private const int ColumnWeights = 4 * 2 * Lanes;

    private readonly int channels;
    private readonly IntegerRange range;

    /// <summary>[16 channels, column, (0, 1) (2, –) (–, 0) (1, 2), half, 8 channels of the half, 2].</summary>
    private readonly short[] weights;
    private readonly int[] bias;
    private readonly float[] factors;

    /// <param name="definition">Of the convolution.</param>
    /// <param name="stored">Its weights.</param>
    /// <param name="bias">In the order of interleaved channels.</param>
    /// <param name="factors">Likewise.</param>
    public DepthwiseRowPair(ConvolutionDefinition definition, ReadOnlySpan<sbyte> stored, int[] bias, float[] factors)
    {
        (channels, range) = (definition.OutputChannels, ((RequantizedOutput)definition.Output).Range);
        (this.bias, this.factors) = (bias, factors);
        weights = new short[checked(channels / Lanes * 3 * ColumnWeights)];
        for (var channel = 0; channel < channels / Lanes * Lanes; channel++)
        {
            var (block, lane) = Math.DivRem(channel, Lanes);
            for (var column = 0; column < 3; column++)
            {
                var taps = (stored[(channel * 9) + column], stored[(channel * 9) + 3 + column], stored[(channel * 9) + 6 + column]);
                var place = (((block * 3) + column) * ColumnWeights) + (Depthwise3x3.Place(lane) * 2);
                (weights[place], weights[place + 1]) = (taps.Item1, taps.Item2);
                weights[place + (2 * Lanes)] = taps.Item3;
                weights[place + (4 * Lanes) + 1] = taps.Item1;
                (weights[place + (6 * Lanes)], weights[place + (6 * Lanes) + 1]) = (taps.Item2, taps.Item3);
            }
        }
    }

    /// <summary>Whether it computes whole blocks of channels of a depthwise 3×3 convolution.</summary>
    public static bool Suits(ConvolutionDefinition definition) =>
        definition.Window.Stride is { Height: 1, Width: 1 } && Requantizer.AreSmall(definition.Output.Factors);

    /// <summary>Sixteen channels of two rows.</summary>
    /// <param name="block">Which channels.</param>
    /// <param name="first">The first tap of the first pixel.</param>
    /// <param name="rowBytes">From a row of taps to the next.</param>
    /// <param name="target">The first pixel's first channel.</param>
    /// <param name="targetRow">From a row of the output to the next.</param>
    /// <param name="count">Of pixels in a row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int block, ref byte first, nint rowBytes, ref byte target, nint targetRow, int count)
    {
        nint pixelBytes = channels;
        ref var left = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(weights), block * 3 * ColumnWeights);
        ref var middle = ref Unsafe.Add(ref left, ColumnWeights);
        ref var right = ref Unsafe.Add(ref middle, ColumnWeights);
        ref var biases = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(bias), block * Lanes);
        ref var multipliers = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(factors), block * Lanes);
        var requantizer = new Requantizer(range);
        var a = new Column(ref first, rowBytes);
        first = ref Unsafe.Add(ref first, pixelBytes);
        var b = new Column(ref first, rowBytes);
        for (; count > 0; count--)
        {
            first = ref Unsafe.Add(ref first, pixelBytes);
            var c = new Column(ref first, rowBytes);
            var (upperLow, upperHigh) = (Vector256.LoadUnsafe(ref biases), Vector256.LoadUnsafe(ref biases, Half));
            var (lowerLow, lowerHigh) = (upperLow, upperHigh);
            a.AddTo(ref left, ref upperLow, ref upperHigh, ref lowerLow, ref lowerHigh);
            b.AddTo(ref middle, ref upperLow, ref upperHigh, ref lowerLow, ref lowerHigh);
            c.AddTo(ref right, ref upperLow, ref upperHigh, ref lowerLow, ref lowerHigh);
            var bytes = requantizer.SmallInterleavedToBytes(upperLow, upperHigh, lowerLow, lowerHigh, ref multipliers, ref Unsafe.Add(ref multipliers, Half));
            bytes.GetLower().StoreUnsafe(ref target);
            bytes.GetUpper().StoreUnsafe(ref target, (nuint)targetRow);
            target = ref Unsafe.Add(ref target, pixelBytes);
            (a, b) = (b, c);
        }
    }

    /// <summary>Sixteen channels of four pixels, one below the other, interleaved in pairs.</summary>
    private readonly struct Column
    {
        private readonly Vector256<short> topLow;
        private readonly Vector256<short> topHigh;
        private readonly Vector256<short> bottomLow;
        private readonly Vector256<short> bottomHigh;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Column(ref byte first, nint rowBytes)
        {
            var (even, odd) = (Widened(ref first), Widened(ref Unsafe.Add(ref first, rowBytes)));
            (topLow, topHigh) = (AvxTwo.UnpackLow(even, odd), AvxTwo.UnpackHigh(even, odd));
            ref var third = ref Unsafe.Add(ref first, rowBytes * 2);
            (even, odd) = (Widened(ref third), Widened(ref Unsafe.Add(ref third, rowBytes)));
            (bottomLow, bottomHigh) = (AvxTwo.UnpackLow(even, odd), AvxTwo.UnpackHigh(even, odd));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void AddTo(
            ref short weights, ref Vector256<int> upperLow, ref Vector256<int> upperHigh, ref Vector256<int> lowerLow, ref Vector256<int> lowerHigh)
        {
            upperLow = Add(Add(upperLow, topLow, ref weights), bottomLow, ref Unsafe.Add(ref weights, 2 * Lanes));
            upperHigh = Add(Add(upperHigh, topHigh, ref Unsafe.Add(ref weights, Lanes)), bottomHigh, ref Unsafe.Add(ref weights, 3 * Lanes));
            lowerLow = Add(Add(lowerLow, topLow, ref Unsafe.Add(ref weights, 4 * Lanes)), bottomLow, ref Unsafe.Add(ref weights, 6 * Lanes));
            lowerHigh = Add(Add(lowerHigh, topHigh, ref Unsafe.Add(ref weights, 5 * Lanes)), bottomHigh, ref Unsafe.Add(ref weights, 7 * Lanes));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<short> Widened(ref byte source) => AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref source));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<int> Add(Vector256<int> sum, Vector256<short> inputs, ref short weights) =>
            AvxTwo.Add(sum, AvxTwo.MultiplyAddAdjacent(inputs, Vector256.LoadUnsafe(ref weights)));
    }
}
