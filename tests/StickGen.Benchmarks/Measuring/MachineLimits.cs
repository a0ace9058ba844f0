using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StickGen.Benchmarks.Measuring;

/// <summary>What one core can do at most.</summary>
internal static class MachineLimits
{
    /// <summary>Multiply-accumulates of one call of <see cref="MultiplyBytes"/>.</summary>
    public const long MultiplyAccumulates = Iterations * Chains * 32L;

    private const int Iterations = 10_000;
    private const int Chains = 8;

    /// <summary>Bytes of one call of <see cref="Read"/>: more than caches hold.</summary>
    public const long BytesRead = 64L << 20;

    /// <summary>
    /// Bytes times bytes by <c>vpmaddubsw</c>, <c>vpmaddwd</c> and <c>vpaddd</c>, all in registers. The inputs change, or the compiler
    /// would multiply once.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static Vector256<int> MultiplyBytes(Vector256<byte> inputs, Vector256<sbyte> weights)
    {
        var ones = Vector256.Create((short)1);
        var (even, odd, change) = (inputs, inputs + inputs, Vector256.Create((byte)1));
        var (w0, w1, w2, w3) = (weights, weights + weights, weights + weights + weights, weights ^ weights.WithElement(0, (sbyte)1));
        Vector256<int> s0 = default, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        for (var i = 0; i < Iterations; i++)
        {
            (even, odd) = (even ^ change, odd ^ change);
            s0 = Avx2.Add(s0, Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(even, w0), ones));
            s1 = Avx2.Add(s1, Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(even, w1), ones));
            s2 = Avx2.Add(s2, Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(even, w2), ones));
            s3 = Avx2.Add(s3, Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(even, w3), ones));
            s4 = Avx2.Add(s4, Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(odd, w0), ones));
            s5 = Avx2.Add(s5, Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(odd, w1), ones));
            s6 = Avx2.Add(s6, Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(odd, w2), ones));
            s7 = Avx2.Add(s7, Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(odd, w3), ones));
        }

        return s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7;
    }

    /// <summary>Memory to read. It is written first: pages that never were are all one page of zeros, which stays in the cache.</summary>
    public static unsafe byte* AllocateMemory()
    {
        var memory = (byte*)NativeMemory.Alloc((nuint)BytesRead);
        NativeMemory.Fill(memory, (nuint)BytesRead, 1);
        return memory;
    }

    /// <summary>Reads memory from beginning to end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static unsafe Vector256<int> Read(byte* memory)
    {
        Vector256<int> s0 = default, s1 = s0, s2 = s0, s3 = s0;
        for (var end = memory + BytesRead; memory < end; memory += 128)
        {
            s0 += Vector256.Load((int*)memory);
            s1 += Vector256.Load((int*)(memory + 32));
            s2 += Vector256.Load((int*)(memory + 64));
            s3 += Vector256.Load((int*)(memory + 96));
        }

        return s0 + s1 + s2 + s3;
    }
}
