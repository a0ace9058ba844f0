using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// The transformation of sums, Aᵀ m A of 6×6 of them to 4×4 pixels. With integer weights (<see cref="WinogradWeights"/>) the rows and the
/// columns of the result come out 24, 12, 6 and 6 times too large, together a power of two of at most 64, and 9. All is modulo
/// 2³², where 9 has an inverse, and the result is a multiple of what it is divided by, so that it is exact.
/// </summary>
internal static class WinogradOutputs
{
    /// <summary>Pixels of a tile in each direction.</summary>
    public const int Side = 4;

    private const int Lanes = WinogradWeights.Lanes;
    private const int Half = 8;

    /// <summary>1 = 9 · this, modulo 2³².</summary>
    private const int InverseOfNine = 954437177;

    /// <param name="products">The sums of the first position's first lane.</param>
    /// <param name="step">Elements from a position to the next.</param>
    /// <param name="bias">Of the 16 lanes.</param>
    /// <param name="target">[row, column, lane].</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transform(ref int products, nint step, ref int bias, ref int target)
    {
        Unsafe.SkipInit(out Rows rows);
        ref var row = ref Rows.First(ref rows);
        var inverse = Vector256.Create(InverseOfNine);
        for (nint half = 0; half < Lanes; half += Half)
        {
            for (nint x = 0; x < WinogradWeights.Side; x++)
            {
                var (a, b, c, d) = Transform(ref Unsafe.Add(ref products, half + (x * step)), step * WinogradWeights.Side);
                ref var to = ref Unsafe.Add(ref row, x * Half);
                a.StoreUnsafe(ref to);
                b.StoreUnsafe(ref to, WinogradWeights.Side * Half);
                c.StoreUnsafe(ref to, 2 * WinogradWeights.Side * Half);
                d.StoreUnsafe(ref to, 3 * WinogradWeights.Side * Half);
            }

            var biases = Vector256.LoadUnsafe(ref bias, (nuint)half);
            for (nint y = 0; y < Side; y++)
            {
                var (a, b, c, d) = Transform(ref Unsafe.Add(ref row, y * WinogradWeights.Side * Half), Half);
                ref var to = ref Unsafe.Add(ref target, (y * Side * Lanes) + half);
                // The powers of two of the rows and columns are 8, 4, 2 and 2.
                var rowShift = y == 0 ? 3 : y == 1 ? 2 : 1;
                var shift = Vector128.CreateScalar(rowShift + 1);
                Divide(a, Vector128.CreateScalar(rowShift + 3)).StoreUnsafe(ref to);
                Divide(b, Vector128.CreateScalar(rowShift + 2)).StoreUnsafe(ref to, Lanes);
                Divide(c, shift).StoreUnsafe(ref to, 2 * Lanes);
                Divide(d, shift).StoreUnsafe(ref to, 3 * Lanes);

                Vector256<int> Divide(Vector256<int> sums, Vector128<int> powerOfTwo) =>
                    AvxTwo.Add(AvxTwo.ShiftRightArithmetic(AvxTwo.MultiplyLow(sums, inverse), powerOfTwo), biases);
            }
        }
    }

    /// <summary>Six sums times Aᵀ with rows 24, 12, 6 and 6 times their definition, as the weights' rows are 24, −6, −6, 24, 24 and 6 times theirs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<int> First, Vector256<int> Second, Vector256<int> Third, Vector256<int> Fourth) Transform(ref int first, nint step)
    {
        var m1 = Vector256.LoadUnsafe(ref Unsafe.Add(ref first, step));
        var m2 = Vector256.LoadUnsafe(ref Unsafe.Add(ref first, step * 2));
        var m3 = Vector256.LoadUnsafe(ref Unsafe.Add(ref first, step * 3));
        var m4 = Vector256.LoadUnsafe(ref Unsafe.Add(ref first, step * 4));
        var (sum, difference) = (AvxTwo.Add(m1, m2), AvxTwo.Subtract(m1, m2));
        var (farSum, farDifference) = (AvxTwo.Add(m3, m4), AvxTwo.Subtract(m3, m4));
        return (
            AvxTwo.Subtract(AvxTwo.Add(Vector256.LoadUnsafe(ref first), farSum), AvxTwo.ShiftLeftLogical(sum, 2)),
            AvxTwo.Subtract(farDifference, AvxTwo.Add(difference, difference)),
            AvxTwo.Subtract(farSum, sum),
            AvxTwo.Add(AvxTwo.Subtract(AvxTwo.Add(farDifference, farDifference), difference), Vector256.LoadUnsafe(ref Unsafe.Add(ref first, step * 5))));
    }

    [InlineArray(Side * WinogradWeights.Side * Half)]
    private struct Rows
    {
        private int first;

        public static ref int First(ref Rows rows) => ref rows.first;
    }
}
