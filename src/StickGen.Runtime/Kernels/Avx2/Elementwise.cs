using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StickGen.Kernels.Portable;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>Kernels that take one element after the other; what is left after the last whole vector is done portably.</summary>
internal static class Elementwise
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Quantize(ReadOnlySpan<float> source, Span<byte> target, in IntegerRange range)
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(target[..source.Length]);
        var requantizer = new Requantizer(range);
        var scale = Vector256.Create(range.Scale);
        nuint i = 0;
        for (; i + 16 <= (nuint)source.Length; i += 16)
        {
            var first = requantizer.Round(Steps(Vector256.LoadUnsafe(ref from, i), scale));
            var second = requantizer.Round(Steps(Vector256.LoadUnsafe(ref from, i + 8), scale));
            Requantizer.Pack(first, second).StoreUnsafe(ref to, i);
        }

        PortableKernels.Instance.Quantize(source[(int)i..], target[(int)i..], range);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Dequantize(ReadOnlySpan<byte> source, Span<float> target, in IntegerRange range)
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(target[..source.Length]);
        var scale = Vector256.Create(range.Scale);
        var zeroPoint = Vector256.Create(range.ZeroPoint);
        nuint i = 0;
        for (; i + 16 <= (nuint)source.Length; i += 16)
        {
            var bytes = Vector128.LoadUnsafe(ref from, i);
            var first = AvxTwo.Subtract(AvxTwo.ConvertToVector256Int32(bytes), zeroPoint);
            var second = AvxTwo.Subtract(AvxTwo.ConvertToVector256Int32(Sse2.ShiftRightLogical128BitLane(bytes, 8)), zeroPoint);
            Avx.Multiply(Avx.ConvertToVector256Single(first), scale).StoreUnsafe(ref to, i);
            Avx.Multiply(Avx.ConvertToVector256Single(second), scale).StoreUnsafe(ref to, i + 8);
        }

        PortableKernels.Instance.Dequantize(source[(int)i..], target[(int)i..], range);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(
        ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, int inputZeroPoint, float multiplier, in IntegerRange range)
    {
        ref var from = ref MemoryMarshal.GetReference(left);
        ref var other = ref MemoryMarshal.GetReference(right[..left.Length]);
        ref var to = ref MemoryMarshal.GetReference(target[..left.Length]);
        var requantizer = new Requantizer(range);
        var multipliers = Vector256.Create(multiplier);
        var zeroPoints = Vector256.Create((short)(2 * inputZeroPoint));
        nuint i = 0;
        for (; i + 16 <= (nuint)left.Length; i += 16)
        {
            var sum = AvxTwo.Subtract(
                AvxTwo.Add(
                    AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref from, i)),
                    AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref other, i))),
                zeroPoints);
            var first = requantizer.Requantize(AvxTwo.ConvertToVector256Int32(sum.GetLower()), multipliers);
            var second = requantizer.Requantize(AvxTwo.ConvertToVector256Int32(sum.GetUpper()), multipliers);
            Requantizer.Pack(first, second).StoreUnsafe(ref to, i);
        }

        PortableKernels.Instance.Add(left[(int)i..], right[(int)i..], target[(int)i..], inputZeroPoint, multiplier, range);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Clamp(ReadOnlySpan<byte> source, Span<byte> target, byte low, byte high)
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(target[..source.Length]);
        var (lows, highs) = (Vector256.Create(low), Vector256.Create(high));
        nuint i = 0;
        for (; i + 32 <= (nuint)source.Length; i += 32)
            AvxTwo.Min(AvxTwo.Max(Vector256.LoadUnsafe(ref from, i), lows), highs).StoreUnsafe(ref to, i);

        PortableKernels.Instance.Clamp(source[(int)i..], target[(int)i..], low, high);
    }

    /// <summary>value / scale, and 0 where that is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Steps(Vector256<float> values, Vector256<float> scale)
    {
        var steps = Avx.Divide(values, scale);
        return Avx.And(steps, Avx.CompareOrdered(steps, steps));
    }
}
