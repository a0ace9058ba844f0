using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary><see cref="Quantization.Requantization.Requantize"/> for vectors: convert, multiply, clamp, round half to even, pack.</summary>
internal readonly struct Requantizer
{
    private readonly Vector256<float> low;
    private readonly Vector256<float> high;
    private readonly Vector256<int> zeroPoint;
    private readonly Vector256<short> zeroPointWords;
    private readonly Vector256<byte> lowest;
    private readonly Vector256<byte> highest;

    public Requantizer(in IntegerRange range)
    {
        low = Vector256.Create((float)(range.Low - range.ZeroPoint));
        high = Vector256.Create((float)(range.High - range.ZeroPoint));
        zeroPoint = Vector256.Create(range.ZeroPoint);
        zeroPointWords = Vector256.Create((short)range.ZeroPoint);
        lowest = Vector256.Create((byte)range.Low);
        highest = Vector256.Create((byte)range.High);
    }

    /// <summary>
    /// Sixteen accumulators as bytes. Only the upper limit is applied in float32: what is too low stays so, down to the lowest int32 where
    /// the conversion overflows, through the saturating instructions, and is raised as a byte. Rounding does not pass an integer limit, so
    /// that it does not matter which comes first.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<byte> ToBytes(Vector256<int> first, Vector256<int> second, Vector256<float> firstFactors, Vector256<float> secondFactors)
    {
        var words = Words(first, second, firstFactors, secondFactors);
        words = AvxTwo.Permute4x64(words.AsInt64(), 0b11_01_10_00).AsInt16();
        return Sse2.Max(Sse2.PackUnsignedSaturate(words.GetLower(), words.GetUpper()), lowest.GetLower());
    }

    /// <summary>The same for accumulators of which the first have lanes 0–3 and 8–11, the second the rest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<byte> InterleavedToBytes(
        Vector256<int> first, Vector256<int> second, Vector256<float> firstFactors, Vector256<float> secondFactors)
    {
        var words = Words(first, second, firstFactors, secondFactors);
        return Sse2.Max(Sse2.PackUnsignedSaturate(words.GetLower(), words.GetUpper()), lowest.GetLower());
    }

    /// <summary>
    /// Whether all factors are in [0, 1). Then a product with an int32 is within int32, so that the conversion does not overflow and both limits can
    /// be applied to bytes.
    /// </summary>
    public static bool AreSmall(ReadOnlySpan<float> factors) => factors.IndexOfAnyExceptInRange(0f, MathF.BitDecrement(1f)) < 0;

    /// <summary>Four times eight accumulators as 32 bytes in order, the first and third by one vector of factors, which are small, the others by another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<byte> SmallToBytes(
        Vector256<int> first, Vector256<int> second, Vector256<int> third, Vector256<int> fourth, ref float odd, ref float even)
    {
        // Packing works within halves of 128 bits.
        var bytes = SmallPacked(first, second, third, fourth, ref odd, ref even).AsInt32();
        return Limited(AvxTwo.PermuteVar8x32(bytes, Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsByte());
    }

    /// <summary>The same for accumulators of which the first and third have lanes 0–3 and 8–11 of 16, the others the rest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<byte> SmallInterleavedToBytes(
        Vector256<int> first, Vector256<int> second, Vector256<int> third, Vector256<int> fourth, ref float odd, ref float even)
    {
        var bytes = SmallPacked(first, second, third, fourth, ref odd, ref even).AsInt64();
        return Limited(AvxTwo.Permute4x64(bytes, 0b11_01_10_00).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<byte> SmallPacked(
        Vector256<int> first, Vector256<int> second, Vector256<int> third, Vector256<int> fourth, ref float odd, ref float even)
    {
        var low = AvxTwo.AddSaturate(AvxTwo.PackSignedSaturate(Steps(first, ref odd), Steps(second, ref even)), zeroPointWords);
        var high = AvxTwo.AddSaturate(AvxTwo.PackSignedSaturate(Steps(third, ref odd), Steps(fourth, ref even)), zeroPointWords);
        return AvxTwo.PackUnsignedSaturate(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<byte> Limited(Vector256<byte> bytes) => AvxTwo.Min(AvxTwo.Max(bytes, lowest), highest);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Steps(Vector256<int> accumulators, ref float factors) =>
        Avx.ConvertToVector256Int32(Avx.Multiply(Avx.ConvertToVector256Single(accumulators), Vector256.LoadUnsafe(ref factors)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<short> Words(Vector256<int> first, Vector256<int> second, Vector256<float> firstFactors, Vector256<float> secondFactors)
    {
        var x = Avx.ConvertToVector256Int32(Avx.Min(Avx.Multiply(Avx.ConvertToVector256Single(first), firstFactors), high));
        var y = Avx.ConvertToVector256Int32(Avx.Min(Avx.Multiply(Avx.ConvertToVector256Single(second), secondFactors), high));
        return AvxTwo.AddSaturate(AvxTwo.PackSignedSaturate(x, y), zeroPointWords);
    }

    /// <summary>Steps, not NaN, as integers in the range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<int> Round(Vector256<float> steps) =>
        AvxTwo.Add(Avx.ConvertToVector256Int32(Avx.Min(Avx.Max(steps, low), high)), zeroPoint);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<int> Requantize(Vector256<int> accumulators, Vector256<float> multipliers) =>
        Round(Avx.Multiply(Avx.ConvertToVector256Single(accumulators), multipliers));

    /// <summary>Sixteen integers of [0, 255] as bytes, in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Pack(Vector256<int> first, Vector256<int> second)
    {
        // Packing works within halves of 128 bits: 0–3, 8–11, 4–7, 12–15 come out, and are put in order.
        var words = AvxTwo.Permute4x64(AvxTwo.PackSignedSaturate(first, second).AsInt64(), 0b11_01_10_00).AsInt16();
        return Sse2.PackUnsignedSaturate(words.GetLower(), words.GetUpper());
    }

    /// <summary>Eight integers of [0, 255] as bytes, in the lower half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Pack(Vector256<int> integers)
    {
        var words = Sse2.PackSignedSaturate(integers.GetLower(), integers.GetUpper());
        return Sse2.PackUnsignedSaturate(words, words);
    }
}
