using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StickGen.Kernels.Portable;
using StickGen.Quantization;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>Normalization of rows in which every element has parameters of its own: sums of 16 bytes at once, then 16 results.</summary>
internal static class LayerNormalization
{
    private const int Lanes = 8;
    private const int Bytes = 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<float> factors, ReadOnlySpan<float> offsets, in NormalizationDefinition definition)
    {
        var (length, groups, positions, zero, epsilon, range) = definition;
        if (groups != 1 || positions != 1 || length < Bytes)
        {
            RowFunctions.Normalize(source, target, factors, offsets, definition);
            return;
        }

        var requantizer = new Requantizer(range);
        var (zeros, lengths) = (Vector256.Create(zero), Vector256.Create(length));
        ref var factor = ref MemoryMarshal.GetReference(factors[..length]);
        ref var offset = ref MemoryMarshal.GetReference(offsets[..length]);
        for (var start = 0; start < source.Length; start += length)
        {
            ref var row = ref MemoryMarshal.GetReference(source.Slice(start, length));
            ref var result = ref MemoryMarshal.GetReference(target.Slice(start, length));
            var (sum, squares) = Sums(ref row, length);
            // Σ(q − z)² = Σq² − 2z·Σq + n·z², all of it exact.
            squares += ((long)length * zero * zero) - (2 * zero * sum);
            sum -= (long)length * zero;
            var inverse = Vector256.Create(Requantization.InverseDeviation(length, sum, squares, epsilon));
            var sums = Vector256.Create((int)sum);
            for (var i = 0; i < length; i += Bytes)
            {
                // The last vector again computes some that are there.
                var at = (nuint)Math.Min(i, length - Bytes);
                var bytes = Vector128.LoadUnsafe(ref row, at);
                var upper = Sse2.ShiftRightLogical128BitLane(bytes, Lanes);
                var low = Steps(
                    AvxTwo.ConvertToVector256Int32(bytes), zeros, lengths, sums, inverse, ref Unsafe.Add(ref factor, at), ref Unsafe.Add(ref offset, at));
                at += Lanes;
                var high = Steps(
                    AvxTwo.ConvertToVector256Int32(upper), zeros, lengths, sums, inverse, ref Unsafe.Add(ref factor, at), ref Unsafe.Add(ref offset, at));
                Requantizer.Pack(requantizer.Round(low), requantizer.Round(high)).StoreUnsafe(ref result, at - Lanes);
            }
        }
    }

    /// <summary>Of at most 2¹⁸ elements, n · (q − z) − Σ fits an int32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Steps(
        Vector256<int> integers, Vector256<int> zeros, Vector256<int> lengths, Vector256<int> sums, Vector256<float> inverse, ref float factor, ref float offset)
    {
        var normalized = AvxTwo.Subtract(AvxTwo.MultiplyLow(lengths, AvxTwo.Subtract(integers, zeros)), sums);
        var steps = Avx.Multiply(Avx.Multiply(Avx.ConvertToVector256Single(normalized), inverse), Vector256.LoadUnsafe(ref factor));
        return Avx.Add(steps, Vector256.LoadUnsafe(ref offset));
    }

    /// <summary>Of the bytes, and of their squares: at most 2¹⁸ / 16 times two of them to a lane.</summary>
    private static (long Sum, long Squares) Sums(ref byte row, int length)
    {
        var (sums, squares) = (Vector128<long>.Zero, Vector256<int>.Zero);
        nuint i = 0;
        for (; i + Bytes <= (nuint)length; i += Bytes)
        {
            var bytes = Vector128.LoadUnsafe(ref row, i);
            sums = Sse2.Add(sums, Sse2.SumAbsoluteDifferences(bytes, Vector128<byte>.Zero).AsInt64());
            var words = AvxTwo.ConvertToVector256Int16(bytes);
            squares = AvxTwo.Add(squares, AvxTwo.MultiplyAddAdjacent(words, words));
        }

        var (sum, square) = (sums[0] + sums[1], 0L);
        for (var lane = 0; lane < Lanes; lane++)
            square += squares[lane];
        for (; i < (nuint)length; i++)
        {
            var q = Unsafe.Add(ref row, i);
            sum += q;
            square += q * q;
        }

        return (sum, square);
    }
}
