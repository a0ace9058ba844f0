using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StickGen.Kernels.Portable;
using StickGen.Quantization;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>Softmax of rows: the table is read for eight elements at once, and its entries stay until their sum is known.</summary>
internal static class SoftmaxRows
{
    private const int Lanes = 8;
    private const int Bytes = 16;

    /// <summary>Longer rows are left to the portable kernel. Up to it the sum of a lane is at most 128 · 2²³.</summary>
    private const int Longest = 1024;

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Run(ReadOnlySpan<byte> source, Span<byte> target, int length, ReadOnlySpan<int> table, in IntegerRange range)
    {
        if (length is < Bytes or > Longest)
        {
            RowFunctions.Softmax(source, target, length, table, range);
            return;
        }

        var entries = stackalloc int[Longest];
        var requantizer = new Requantizer(range);
        fixed (int* first = table)
        {
            for (var start = 0; start < source.Length; start += length)
            {
                ref var row = ref MemoryMarshal.GetReference(source.Slice(start, length));
                ref var result = ref MemoryMarshal.GetReference(target.Slice(start, length));
                var greatest = Vector256.Create((int)Greatest(ref row, length));
                var sums = Vector256<int>.Zero;
                long sum = 0;
                var i = 0;
                for (; i <= length - Lanes; i += Lanes)
                {
                    var distances = AvxTwo.Subtract(greatest, Widened(ref Unsafe.Add(ref row, i)));
                    var found = AvxTwo.GatherVector256(first, distances, sizeof(int));
                    found.Store(entries + i);
                    sums = AvxTwo.Add(sums, found);
                }

                for (; i < length; i++)
                    sum += entries[i] = first[greatest.ToScalar() - Unsafe.Add(ref row, i)];
                for (var lane = 0; lane < Lanes; lane++)
                    sum += sums[lane];

                var multiplier = Vector256.Create(Requantization.SoftmaxMultiplier(sum, range.Scale));
                for (i = 0; i < length; i += Bytes)
                {
                    // The last vector again computes some that are there.
                    var at = Math.Min(i, length - Bytes);
                    requantizer.ToBytes(Vector256.Load(entries + at), Vector256.Load(entries + at + Lanes), multiplier, multiplier)
                        .StoreUnsafe(ref result, (nuint)at);
                }
            }
        }
    }

    private static byte Greatest(ref byte row, int length)
    {
        var greatest = Vector128<byte>.Zero;
        for (var i = 0; i < length; i += Bytes)
            greatest = Vector128.Max(greatest, Vector128.LoadUnsafe(ref row, (nuint)Math.Min(i, length - Bytes)));
        greatest = Vector128.Max(greatest, Vector128.Shuffle(greatest.AsUInt64(), Vector128.Create(1ul, 0)).AsByte());
        byte result = 0;
        for (var lane = 0; lane < 8; lane++)
            result = Math.Max(result, greatest[lane]);
        return result;
    }

    private static Vector256<int> Widened(ref byte first) =>
        AvxTwo.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref first)).AsByte());
}
