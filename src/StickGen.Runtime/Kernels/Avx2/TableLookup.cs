using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StickGen.Kernels.Portable;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// Entries of a table of 256 bytes, 32 at a time. <c>vpshufb</c> looks up 4 bits, and gives 0 where the top bit of its index is set: of the
/// 16 rows of the table each is looked up, with indices that have that bit everywhere but where the upper 4 bits are those of the row.
/// </summary>
internal static class TableLookup
{
    private const int Rows = 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<byte> table)
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(target[..source.Length]);
        ref var rows = ref MemoryMarshal.GetReference(table[..256]);
        // 0x70 more: at most 0x7F for an index below 16, the top bit for every other one, because the addition saturates.
        var beyond = Vector256.Create((byte)0x70);
        nuint i = 0;
        for (; i + 64 <= (nuint)source.Length; i += 64)
        {
            var (first, second) = (Vector256.LoadUnsafe(ref from, i), Vector256.LoadUnsafe(ref from, i + 32));
            var (left, right) = (Vector256<byte>.Zero, Vector256<byte>.Zero);
            for (var row = 0; row < Rows; row++)
            {
                var entries = Vector128.LoadUnsafe(ref rows, (nuint)(row * Rows));
                var both = Vector256.Create(entries, entries);
                var upper = Vector256.Create((byte)(row << 4));
                left = AvxTwo.Or(left, AvxTwo.Shuffle(both, AvxTwo.AddSaturate(AvxTwo.Xor(first, upper), beyond)));
                right = AvxTwo.Or(right, AvxTwo.Shuffle(both, AvxTwo.AddSaturate(AvxTwo.Xor(second, upper), beyond)));
            }

            left.StoreUnsafe(ref to, i);
            right.StoreUnsafe(ref to, i + 32);
        }

        PortableKernels.Instance.Lookup(source[(int)i..], target[(int)i..], table);
    }
}
