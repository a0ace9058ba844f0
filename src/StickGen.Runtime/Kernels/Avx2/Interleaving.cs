using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StickGen.Kernels.Avx2;

/// <summary>Transposition of three rows, as of an image's colours to channels-last: 16 columns at a time.</summary>
internal static class Interleaving
{
    public const int Rows = 3;

    private const int Lanes = 16;

    /// <summary>[vector of the result, row, byte]: which byte of the row's vector comes there, or none.</summary>
    private static readonly byte[] places = Places();

    /// <param name="source">Three rows.</param>
    /// <param name="target">Columns of three.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var columns = source.Length / Rows;
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(target[..source.Length]);
        ref var place = ref MemoryMarshal.GetArrayDataReference(places);
        var column = 0;
        for (; column <= columns - Lanes; column += Lanes)
        {
            var a = Vector128.LoadUnsafe(ref from, (nuint)column);
            var b = Vector128.LoadUnsafe(ref from, (nuint)(columns + column));
            var c = Vector128.LoadUnsafe(ref from, (nuint)((2 * columns) + column));
            for (var i = 0; i < Rows; i++)
            {
                var first = (nuint)(i * Rows * Lanes);
                var bytes = Ssse3.Shuffle(a, Vector128.LoadUnsafe(ref place, first))
                    | Ssse3.Shuffle(b, Vector128.LoadUnsafe(ref place, first + Lanes))
                    | Ssse3.Shuffle(c, Vector128.LoadUnsafe(ref place, first + (2 * Lanes)));
                bytes.StoreUnsafe(ref to, (nuint)((column * Rows) + (i * Lanes)));
            }
        }

        for (; column < columns; column++)
        {
            for (var row = 0; row < Rows; row++)
                target[(column * Rows) + row] = source[(row * columns) + column];
        }
    }

    private static byte[] Places()
    {
        const byte None = 0x80;
        var places = new byte[Rows * Rows * Lanes];
        for (var i = 0; i < Rows * Lanes; i++)
        {
            for (var row = 0; row < Rows; row++)
                places[(((i / Lanes * Rows) + row) * Lanes) + (i % Lanes)] = i % Rows == row ? (byte)(i / Rows) : None;
        }

        return places;
    }
}
