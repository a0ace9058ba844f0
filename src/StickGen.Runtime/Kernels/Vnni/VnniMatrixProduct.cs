using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StickGen.Kernels.Avx2;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Vnni;

/// <summary>
/// Products of matrices of bytes by <see cref="TileCode"/>, for which the right one's bytes b become b − 128. With c = 128 − z_b,
/// Σ (a − z_a)(b − z_b) = Σ a (b − 128) + c Σ a − z_a Σ (b − 128) − z_a c K: a term for each row and one for each column.
/// </summary>
internal static unsafe class VnniMatrixProduct
{
    private const int Lanes = TileCode.Lanes;

    /// <summary>The bytes of scratch memory that a product needs.</summary>
    public static long ScratchBytes(int rows, int inner, int columns)
    {
        var depth = Depth(inner);
        return CacheLine.Bytes + (depth * Lanes) + (Lanes * sizeof(int)) + depth + (2L * rows * sizeof(int)) + (depth == inner ? 0 : rows * depth);
    }

    public static void Run(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, Span<byte> scratch, in MatMulDefinition definition)
    {
        var (rows, inner, columns, leftZero, rightZero, _, _) = definition;
        var depth = (int)Depth(inner);
        fixed (byte* first = left, from = right, to = target, memory = scratch)
        {
            var panel = (byte*)CacheLine.Next(memory);
            var bias = (int*)(panel + ((nint)depth * Lanes));
            var quads = bias + Lanes;
            var places = quads + (depth / 4);
            var terms = places + rows;
            var source = first;
            if (depth != inner)
            {
                // The last quad of a row is read whole, also where the memory ends.
                source = (byte*)(terms + rows);
                for (var row = 0; row < rows; row++)
                    left.Slice(row * inner, inner).CopyTo(new Span<byte>(source + ((nint)row * depth), depth));
            }

            for (var quad = 0; quad < depth / 4; quad++)
                quads[quad] = quad * 4;
            var shift = 128 - rightZero;
            for (var row = 0; row < rows; row++)
            {
                places[row] = row * depth;
                terms[row] = shift == 0 ? 0 : shift * Sum(left.Slice(row * inner, inner));
            }

            for (var column = 0; column < columns; column += Lanes)
            {
                var count = Math.Min(Lanes, columns - column);
                Pack(from + column, inner, columns, count, panel);
                ColumnTerms(panel, depth, leftZero, shift * inner, bias);
                var arguments = new TileArguments { Image = source, Pixels = places, Quads = quads, EndQuads = quads + (depth / 4), Weights = panel, Bias = bias };
                Multiply(ref arguments, terms, to + column, count, definition);
            }
        }
    }

    private static long Depth(int inner) => ((long)inner + 3) / 4 * 4;

    private static int Sum(ReadOnlySpan<byte> bytes)
    {
        ref var from = ref MemoryMarshal.GetReference(bytes);
        var sums = Vector256<long>.Zero;
        var i = 0;
        for (; i + Vector256<byte>.Count <= bytes.Length; i += Vector256<byte>.Count)
            sums += AvxTwo.SumAbsoluteDifferences(Vector256.LoadUnsafe(ref from, (nuint)i), Vector256<byte>.Zero).AsInt64();
        var sum = (int)Vector256.Sum(sums);
        for (; i < bytes.Length; i++)
            sum += bytes[i];
        return sum;
    }

    /// <summary>Up to 16 columns as [quad of rows, lane, 4], less 128. Rows beyond the last are 0; what is computed of columns beyond is not stored.</summary>
    private static void Pack(byte* source, int rows, int step, int columns, byte* panel)
    {
        for (var row = 0; row < rows; row += 4)
        {
            var first = Row(source, row, rows, step, columns);
            var second = Row(source, row + 1, rows, step, columns);
            var third = Row(source, row + 2, rows, step, columns);
            var fourth = Row(source, row + 3, rows, step, columns);
            var (low, high) = (Sse2.UnpackLow(first, second).AsInt16(), Sse2.UnpackHigh(first, second).AsInt16());
            var (low2, high2) = (Sse2.UnpackLow(third, fourth).AsInt16(), Sse2.UnpackHigh(third, fourth).AsInt16());
            Sse2.UnpackLow(low, low2).AsByte().Store(panel);
            Sse2.UnpackHigh(low, low2).AsByte().Store(panel + 16);
            Sse2.UnpackLow(high, high2).AsByte().Store(panel + 32);
            Sse2.UnpackHigh(high, high2).AsByte().Store(panel + 48);
            panel += 4 * Lanes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Row(byte* source, int row, int rows, int step, int columns)
    {
        if (row >= rows)
            return Vector128<byte>.Zero;
        var from = source + ((nint)row * step);
        var bytes = columns == Lanes ? Vector128.Load(from) : Few(from, columns);
        return bytes ^ Vector128.Create((byte)128);
    }

    private static Vector128<byte> Few(byte* from, int count)
    {
        Span<byte> bytes = stackalloc byte[Lanes];
        bytes.Clear();
        new ReadOnlySpan<byte>(from, count).CopyTo(bytes);
        return Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(bytes));
    }

    /// <summary>−z_a (Σ (b − 128) + c K) for each lane.</summary>
    private static void ColumnTerms(byte* panel, int depth, int leftZero, int shift, int* terms)
    {
        var (low, high) = (Vector256.Create(shift), Vector256.Create(shift));
        var ones = Vector256.Create((short)1);
        for (var end = panel + ((nint)depth * Lanes); panel < end; panel += 4 * Lanes)
        {
            // At most 256 in 16 bits.
            low += AvxTwo.MultiplyAddAdjacent(AvxTwo.MultiplyAddAdjacent(Vector256.Create((byte)1), Vector256.Load((sbyte*)panel)), ones);
            high += AvxTwo.MultiplyAddAdjacent(AvxTwo.MultiplyAddAdjacent(Vector256.Create((byte)1), Vector256.Load((sbyte*)panel + 32)), ones);
        }

        (low * -leftZero).Store(terms);
        (high * -leftZero).Store(terms + 8);
    }

    /// <summary>All rows times up to 16 columns.</summary>
    [SkipLocalsInit]
    private static void Multiply(ref TileArguments arguments, int* terms, byte* target, int columns, in MatMulDefinition definition)
    {
        var memory = stackalloc int[(VnniCode.StripPixels * Lanes) + (CacheLine.Bytes / sizeof(int))];
        var sums = (int*)CacheLine.Next(memory);
        arguments.Sums = sums;
        for (var left = definition.Rows; left > 0;)
        {
            var done = VnniCode.Run(ref arguments, left);
            Store(sums, terms, done, columns, target, definition);
            terms += done;
            target += done * (nint)definition.Columns;
            left -= done;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Store(int* sums, int* terms, int rows, int columns, byte* target, in MatMulDefinition definition)
    {
        var requantizer = new Requantizer(definition.Range);
        var factors = Vector256.Create(definition.Multiplier);
        for (var row = 0; row < rows; row++)
        {
            var term = Vector256.Create(terms[row]);
            var bytes = requantizer.ToBytes(Vector256.Load(sums) + term, Vector256.Load(sums + 8) + term, factors, factors);
            PartialStore.Store(bytes, columns, ref *target);
            sums += Lanes;
            target += definition.Columns;
        }
    }
}
