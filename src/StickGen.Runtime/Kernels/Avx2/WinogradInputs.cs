using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>The transformation of inputs, Bᵀ d B of 6×6 of them: at most 100 · 255, which fits 16 bits.</summary>
internal static class WinogradInputs
{
    private const int Side = WinogradWeights.Side;
    private const int Lanes = 16;

    /// <param name="source">The first input of the tile, channels-last.</param>
    /// <param name="rowBytes">From a row of the image to the next.</param>
    /// <param name="channels">A multiple of 16.</param>
    /// <param name="target">The first position's first channel.</param>
    /// <param name="step">Elements from a position to the next.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transform(ReadOnlySpan<byte> source, int rowBytes, int channels, Span<short> target, nint step)
    {
        Span<short> columns = stackalloc short[WinogradWeights.Positions * Lanes];
        ref var column = ref MemoryMarshal.GetReference(columns);
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(target);
        for (nint channel = 0; channel < channels; channel += Lanes)
        {
            for (nint x = 0; x < Side; x++)
            {
                ref var first = ref Unsafe.Add(ref from, (x * channels) + channel);
                Transform(
                    Widen(ref first),
                    Widen(ref Unsafe.Add(ref first, rowBytes)),
                    Widen(ref Unsafe.Add(ref first, (nint)rowBytes * 2)),
                    Widen(ref Unsafe.Add(ref first, (nint)rowBytes * 3)),
                    Widen(ref Unsafe.Add(ref first, (nint)rowBytes * 4)),
                    Widen(ref Unsafe.Add(ref first, (nint)rowBytes * 5)),
                    ref Unsafe.Add(ref column, x * Lanes),
                    Side * Lanes);
            }

            for (nint y = 0; y < Side; y++)
            {
                ref var first = ref Unsafe.Add(ref column, y * Side * Lanes);
                Transform(
                    Vector256.LoadUnsafe(ref first),
                    Vector256.LoadUnsafe(ref first, Lanes),
                    Vector256.LoadUnsafe(ref first, 2 * Lanes),
                    Vector256.LoadUnsafe(ref first, 3 * Lanes),
                    Vector256.LoadUnsafe(ref first, 4 * Lanes),
                    Vector256.LoadUnsafe(ref first, 5 * Lanes),
                    ref Unsafe.Add(ref to, (y * Side * step) + channel),
                    step);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Widen(ref byte source) => AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref source));

    /// <summary>Six inputs times Bᵀ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transform(
        Vector256<short> d0,
        Vector256<short> d1,
        Vector256<short> d2,
        Vector256<short> d3,
        Vector256<short> d4,
        Vector256<short> d5,
        ref short target,
        nint step)
    {
        var even = AvxTwo.Subtract(d4, AvxTwo.ShiftLeftLogical(d2, 2));
        var odd = AvxTwo.Subtract(d3, AvxTwo.ShiftLeftLogical(d1, 2));
        AvxTwo.Add(even, odd).StoreUnsafe(ref Unsafe.Add(ref target, step));
        AvxTwo.Subtract(even, odd).StoreUnsafe(ref Unsafe.Add(ref target, step * 2));
        even = AvxTwo.Subtract(d4, d2);
        odd = AvxTwo.Subtract(d3, d1);
        odd = AvxTwo.Add(odd, odd);
        AvxTwo.Add(even, odd).StoreUnsafe(ref Unsafe.Add(ref target, step * 3));
        AvxTwo.Subtract(even, odd).StoreUnsafe(ref Unsafe.Add(ref target, step * 4));
        AvxTwo.Add(AvxTwo.ShiftLeftLogical(AvxTwo.Subtract(d0, d2), 2), even).StoreUnsafe(ref target);
        AvxTwo.Subtract(AvxTwo.Subtract(d5, d3), AvxTwo.Add(odd, odd)).StoreUnsafe(ref Unsafe.Add(ref target, step * 5));
    }
}
