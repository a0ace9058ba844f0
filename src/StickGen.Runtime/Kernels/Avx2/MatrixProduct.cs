using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StickGen.Quantization;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// Products of matrices of bytes: both less their zero points as 16-bit integers, the right one transposed, and sums of pairs of products by
/// <c>vpmaddwd</c>, which cannot saturate with 9 bits.
/// </summary>
internal static class MatrixProduct
{
    private const int Lanes = 16;
    private const int Columns = 4;

    /// <summary>The bytes of scratch memory that a product needs.</summary>
    public static long ScratchBytes(int rows, int inner, int columns) => sizeof(short) * (long)Padded(inner) * (rows + columns);

    public static void Run(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, Span<byte> scratch, in MatMulDefinition definition)
    {
        var (rows, inner, columns, leftZero, rightZero, multiplier, range) = definition;
        var depth = Padded(inner);
        var wide = MemoryMarshal.Cast<byte, short>(scratch);
        var a = wide[..(rows * depth)];
        var b = wide.Slice(rows * depth, columns * depth);
        wide.Clear();
        for (var row = 0; row < rows; row++)
        {
            var from = left.Slice(row * inner, inner);
            var to = a.Slice(row * depth, inner);
            for (var k = 0; k < from.Length; k++)
                to[k] = (short)(from[k] - leftZero);
        }

        for (var k = 0; k < inner; k++)
        {
            var from = right.Slice(k * columns, columns);
            for (var column = 0; column < from.Length; column++)
                b[(column * depth) + k] = (short)(from[column] - rightZero);
        }

        var (_, zeroPoint, low, high) = range;
        Span<int> sums = stackalloc int[Columns];
        for (var column = 0; column < columns; column += Columns)
        {
            // The last ones may be columns that were computed before.
            var first = Math.Max(0, Math.Min(column, columns - Columns));
            var width = Math.Min(Columns, columns - first);
            for (var row = 0; row < rows; row++)
            {
                Dot(a.Slice(row * depth, depth), b[(first * depth)..], depth, width, sums);
                for (var i = 0; i < width; i++)
                    target[(row * columns) + first + i] = (byte)Requantization.Requantize(sums[i], multiplier, zeroPoint, low, high);
            }
        }
    }

    /// <summary>The products of one row with up to four columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot(ReadOnlySpan<short> row, ReadOnlySpan<short> columns, int depth, int width, Span<int> sums)
    {
        ref var a = ref MemoryMarshal.GetReference(row);
        ref var b = ref MemoryMarshal.GetReference(columns);
        if (width < Columns)
        {
            for (var i = 0; i < width; i++)
            {
                var sum = Vector256<int>.Zero;
                for (nuint k = 0; k < (nuint)depth; k += Lanes)
                    sum = AvxTwo.Add(sum, AvxTwo.MultiplyAddAdjacent(Vector256.LoadUnsafe(ref a, k), Vector256.LoadUnsafe(ref b, ((nuint)i * (nuint)depth) + k)));
                sums[i] = Vector256.Sum(sum);
            }

            return;
        }

        var (first, second, third, fourth) = (Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero);
        var step = (nuint)depth;
        for (nuint k = 0; k < step; k += Lanes)
        {
            var x = Vector256.LoadUnsafe(ref a, k);
            first = AvxTwo.Add(first, AvxTwo.MultiplyAddAdjacent(x, Vector256.LoadUnsafe(ref b, k)));
            second = AvxTwo.Add(second, AvxTwo.MultiplyAddAdjacent(x, Vector256.LoadUnsafe(ref b, step + k)));
            third = AvxTwo.Add(third, AvxTwo.MultiplyAddAdjacent(x, Vector256.LoadUnsafe(ref b, (2 * step) + k)));
            fourth = AvxTwo.Add(fourth, AvxTwo.MultiplyAddAdjacent(x, Vector256.LoadUnsafe(ref b, (3 * step) + k)));
        }

        (sums[0], sums[1], sums[2], sums[3]) = (Vector256.Sum(first), Vector256.Sum(second), Vector256.Sum(third), Vector256.Sum(fourth));
    }

    private static int Padded(int inner) => (inner + Lanes - 1) / Lanes * Lanes;
}
