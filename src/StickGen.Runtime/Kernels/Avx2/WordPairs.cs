using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace StickGen.Kernels.Avx2;

/// <summary>Two neighbouring words, which vpmaddwd multiplies and adds.</summary>
internal static class WordPairs
{
    /// <summary>A pair in every lane.</summary>
    /// <param name="words">Words.</param>
    /// <param name="index">Where the pair begins; it needs no alignment.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Broadcast(ref short words, nint index) =>
        Vector256.Create(Unsafe.ReadUnaligned<int>(ref Unsafe.As<short, byte>(ref Unsafe.Add(ref words, index)))).AsInt16();
}
