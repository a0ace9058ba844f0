using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// Products of matrices of bytes: both less their zero points as 16-bit integers, of which <c>vpmaddwd</c> multiplies and adds pairs; with 9 bits it
/// cannot saturate. Of the right matrix two rows are interleaved, 16 columns at a time; four rows of the left one are in registers with them.
/// </summary>
internal static class MatrixProduct
{
    private const int Lanes = 16;
    private const int Rows = 4;

    /// <summary>The bytes of scratch memory that a product needs.</summary>
    public static long ScratchBytes(int rows, int inner, int columns) =>
        sizeof(short) * 2 * (long)Pairs(inner) * (rows + (((long)columns + Lanes - 1) / Lanes * Lanes));

    public static void Run(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, Span<byte> scratch, in MatMulDefinition definition)
    {
        var (rows, inner, columns, leftZero, rightZero, _, _) = definition;
        var depth = Pairs(inner) * 2;
        var wide = MemoryMarshal.Cast<byte, short>(scratch);
        var a = wide[..(rows * depth)];
        var b = wide.Slice(rows * depth, depth * ((columns + Lanes - 1) / Lanes * Lanes));
        for (var row = 0; row < rows; row++)
        {
            var to = a.Slice(row * depth, depth);
            to[^1] = 0;
            Subtract(left.Slice(row * inner, inner), leftZero, to);
        }

        var blockLength = depth * Lanes;
        for (var column = 0; column < columns; column += Lanes)
        {
            var panel = b.Slice(column * depth, blockLength);
            Interleave(right[column..], inner, columns, Math.Min(Lanes, columns - column), rightZero, panel);
            Multiply(a, panel, target[column..], depth, Math.Min(Lanes, columns - column), definition);
        }
    }

    private static void Subtract(ReadOnlySpan<byte> source, int zeroPoint, Span<short> target)
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(target[..source.Length]);
        var zero = Vector256.Create((short)zeroPoint);
        nuint i = 0;
        for (; i + Lanes <= (nuint)source.Length; i += Lanes)
            AvxTwo.Subtract(AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref from, i)), zero).StoreUnsafe(ref to, i);
        for (; i < (nuint)source.Length; i++)
            Unsafe.Add(ref to, i) = (short)(Unsafe.Add(ref from, i) - zeroPoint);
    }

    /// <summary>Sixteen columns: [pair of rows, half, 8 columns of the half, 2]; in the halves are columns 0–3 and 8–11, and the rest.</summary>
    private static void Interleave(ReadOnlySpan<byte> source, int rows, int step, int columns, int zeroPoint, Span<short> target)
    {
        Span<byte> last = stackalloc byte[Lanes];
        var zero = Vector256.Create((short)zeroPoint);
        for (var row = 0; row < rows; row += 2)
        {
            var even = AvxTwo.Subtract(Widened(source.Slice(row * step, columns), last), zero);
            var odd = row + 1 < rows ? AvxTwo.Subtract(Widened(source.Slice((row + 1) * step, columns), last), zero) : Vector256<short>.Zero;
            AvxTwo.UnpackLow(even, odd).StoreUnsafe(ref target[row * Lanes]);
            AvxTwo.UnpackHigh(even, odd).StoreUnsafe(ref target[(row * Lanes) + Lanes]);
        }
    }

    /// <summary>Up to 16 bytes as words. What is computed from those beyond is not stored.</summary>
    private static Vector256<short> Widened(ReadOnlySpan<byte> bytes, Span<byte> last)
    {
        if (bytes.Length < Lanes)
        {
            bytes.CopyTo(last);
            bytes = last;
        }

        return AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(bytes)));
    }

    /// <summary>All rows times up to 16 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(ReadOnlySpan<short> left, ReadOnlySpan<short> panel, Span<byte> target, int depth, int columns, in MatMulDefinition definition)
    {
        ref var right = ref MemoryMarshal.GetReference(panel);
        var factors = Vector256.Create(definition.Multiplier);
        var requantizer = new Requantizer(definition.Range);
        for (var row = 0; row < definition.Rows; row += Rows)
        {
            // Fewer than four rows: the last is computed again, and not stored.
            var count = Math.Min(Rows, definition.Rows - row);
            ref var row0 = ref Unsafe.Add(ref MemoryMarshal.GetReference(left), row * depth);
            ref var row1 = ref Unsafe.Add(ref row0, count > 1 ? depth : 0);
            ref var row2 = ref Unsafe.Add(ref row1, count > 2 ? depth : 0);
            ref var row3 = ref Unsafe.Add(ref row2, count > 3 ? depth : 0);
            var (sum00, sum01, sum10, sum11) = (Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero);
            var (sum20, sum21, sum30, sum31) = (sum00, sum00, sum00, sum00);
            for (nint k = 0; k < depth; k += 2)
            {
                var low = Vector256.LoadUnsafe(ref right, (nuint)(k * Lanes));
                var high = Vector256.LoadUnsafe(ref right, (nuint)((k * Lanes) + Lanes));
                var inputs = WordPairs.Broadcast(ref row0, k);
                sum00 = AvxTwo.Add(sum00, AvxTwo.MultiplyAddAdjacent(inputs, low));
                sum01 = AvxTwo.Add(sum01, AvxTwo.MultiplyAddAdjacent(inputs, high));
                inputs = WordPairs.Broadcast(ref row1, k);
                sum10 = AvxTwo.Add(sum10, AvxTwo.MultiplyAddAdjacent(inputs, low));
                sum11 = AvxTwo.Add(sum11, AvxTwo.MultiplyAddAdjacent(inputs, high));
                inputs = WordPairs.Broadcast(ref row2, k);
                sum20 = AvxTwo.Add(sum20, AvxTwo.MultiplyAddAdjacent(inputs, low));
                sum21 = AvxTwo.Add(sum21, AvxTwo.MultiplyAddAdjacent(inputs, high));
                inputs = WordPairs.Broadcast(ref row3, k);
                sum30 = AvxTwo.Add(sum30, AvxTwo.MultiplyAddAdjacent(inputs, low));
                sum31 = AvxTwo.Add(sum31, AvxTwo.MultiplyAddAdjacent(inputs, high));
            }

            // Sums first: a partial store is a call, which would keep them in memory throughout.
            var bytes0 = requantizer.InterleavedToBytes(sum00, sum01, factors, factors);
            var bytes1 = requantizer.InterleavedToBytes(sum10, sum11, factors, factors);
            var bytes2 = requantizer.InterleavedToBytes(sum20, sum21, factors, factors);
            var bytes3 = requantizer.InterleavedToBytes(sum30, sum31, factors, factors);
            ref var to = ref target[row * definition.Columns];
            if (columns == Lanes && count == Rows)
            {
                bytes0.StoreUnsafe(ref to);
                bytes1.StoreUnsafe(ref to, (nuint)definition.Columns);
                bytes2.StoreUnsafe(ref to, (nuint)definition.Columns * 2);
                bytes3.StoreUnsafe(ref to, (nuint)definition.Columns * 3);
                continue;
            }

            Store(bytes0, columns, ref to);
            if (count > 1)
                Store(bytes1, columns, ref Unsafe.Add(ref to, definition.Columns));
            if (count > 2)
                Store(bytes2, columns, ref Unsafe.Add(ref to, definition.Columns * 2));
            if (count > 3)
                Store(bytes3, columns, ref Unsafe.Add(ref to, definition.Columns * 3));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Store(Vector128<byte> bytes, int count, ref byte target) => PartialStore.Store(bytes, count, ref target);

    private static int Pairs(int inner) => (int)(((long)inner + 1) / 2);
}
