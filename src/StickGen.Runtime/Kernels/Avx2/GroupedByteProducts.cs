using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StickGen.Kernels.Grouped;
using StickGen.Quantization;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// Products of bytes with grouped weights by <c>vpmaddubsw</c>, without saturation. Weights of 4 and 2 bits are small unsigned integers: sums of their products stay in 16 bits for a
/// number of chunks (<see cref="ChunksPerFlush"/>). With weights of 8 bits the magnitude of a weight is multiplied with the input that has taken the weight's sign: two products are at most
/// 2 · 128 · 127 = 32,512.
/// </summary>
internal static class GroupedByteProducts
{
    private const int BlockRows = GroupedPanels.BlockRows;

    /// <summary>How many chunks of products are at most 32,767 in sum: each has two products in each of its planes.</summary>
    public static int ChunksPerFlush(int bits)
    {
        var largest = 2 * ((1 << bits) - 1) * DynamicQuantization.QMax;
        return short.MaxValue / largest / (8 / bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyBytes(GroupedPanels panels, in ByteToken token, int panel, Span<float> target)
    {
        ref var lanes = ref MemoryMarshal.GetReference(panels.Lanes(panel));
        ref var x = ref Unsafe.As<sbyte, int>(ref MemoryMarshal.GetReference(token.Values));
        var ones = Vector256.Create((short)1);
        target.Clear();
        for (var group = 0; group < panels.Groups; group++)
        {
            var end = (group + 1) * panels.ChunksPerGroup;
            if (target.Length < GroupedPanels.PanelRows)
            {
                for (var block = 0; block < target.Length / BlockRows; block++)
                {
                    var sum = Vector256<int>.Zero;
                    for (var chunk = end - panels.ChunksPerGroup; chunk < end; chunk++)
                        sum = Add(sum, ref Unsafe.Add(ref lanes, chunk * target.Length), (nuint)block, Vector256.Create(Unsafe.Add(ref x, chunk)).AsSByte(), ones);
                    End(panels, token, group, panel, block, sum, 0, target);
                }

                continue;
            }

            Vector256<int> s0 = default, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
            for (var chunk = end - panels.ChunksPerGroup; chunk < end; chunk++)
            {
                var value = Vector256.Create(Unsafe.Add(ref x, chunk)).AsSByte();
                s0 = Add(s0, ref lanes, 0, value, ones);
                s1 = Add(s1, ref lanes, 1, value, ones);
                s2 = Add(s2, ref lanes, 2, value, ones);
                s3 = Add(s3, ref lanes, 3, value, ones);
                s4 = Add(s4, ref lanes, 4, value, ones);
                s5 = Add(s5, ref lanes, 5, value, ones);
                s6 = Add(s6, ref lanes, 6, value, ones);
                s7 = Add(s7, ref lanes, 7, value, ones);
                lanes = ref Unsafe.Add(ref lanes, GroupedPanels.PanelRows);
            }

            End(panels, token, group, panel, 0, s0, 0, target);
            End(panels, token, group, panel, 1, s1, 0, target);
            End(panels, token, group, panel, 2, s2, 0, target);
            End(panels, token, group, panel, 3, s3, 0, target);
            End(panels, token, group, panel, 4, s4, 0, target);
            End(panels, token, group, panel, 5, s5, 0, target);
            End(panels, token, group, panel, 6, s6, 0, target);
            End(panels, token, group, panel, 7, s7, 0, target);
        }

        Finish(token, target);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyFields(GroupedPanels panels, in ByteToken token, int panel, Span<float> target)
    {
        ref var lanes = ref MemoryMarshal.GetReference(panels.Lanes(panel));
        ref var x = ref Unsafe.As<sbyte, int>(ref MemoryMarshal.GetReference(token.Values));
        var planes = 8 / panels.Bits;
        var mask = Vector256.Create((byte)((1 << panels.Bits) - 1));
        var flush = ChunksPerFlush(panels.Bits);
        var blocks = target.Length / BlockRows;
        Span<int> sums = stackalloc int[GroupedPanels.PanelRows];
        ref var sum = ref MemoryMarshal.GetReference(sums);
        target.Clear();
        for (var group = 0; group < panels.Groups; group++)
        {
            sums.Clear();
            for (var chunk = 0; chunk < panels.ChunksPerGroup; chunk += flush)
            {
                var count = Math.Min(flush, panels.ChunksPerGroup - chunk);
                if (blocks == GroupedPanels.PanelBlocks)
                {
                    AddPanel(ref lanes, ref x, count, panels.Bits, mask, ref sum);
                }
                else
                {
                    for (var block = 0; block < blocks; block++)
                        AddBlock(ref lanes, ref x, count, planes, panels.Bits, mask, (nuint)block, target.Length, ref sum);
                }

                lanes = ref Unsafe.Add(ref lanes, count * target.Length);
                x = ref Unsafe.Add(ref x, count * planes);
            }

            for (var block = 0; block < blocks; block++)
                End(panels, token, group, panel, block, Vector256.LoadUnsafe(ref sum, (nuint)(block * BlockRows)), panels.Offset, target);
        }

        Finish(token, target);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddPanel(ref uint lanes, ref int x, int chunks, int bits, Vector256<byte> mask, ref int sum)
    {
        var sums = default(PanelSums);
        if (bits == 4)
        {
            for (; chunks > 0; chunks--)
            {
                AddPlane(ref sums, ref lanes, 0, mask, x);
                AddPlane(ref sums, ref lanes, 4, mask, Unsafe.Add(ref x, 1));
                x = ref Unsafe.Add(ref x, 2);
                lanes = ref Unsafe.Add(ref lanes, GroupedPanels.PanelRows);
            }
        }
        else
        {
            for (; chunks > 0; chunks--)
            {
                AddPlane(ref sums, ref lanes, 0, mask, x);
                AddPlane(ref sums, ref lanes, 2, mask, Unsafe.Add(ref x, 1));
                AddPlane(ref sums, ref lanes, 4, mask, Unsafe.Add(ref x, 2));
                AddPlane(ref sums, ref lanes, 6, mask, Unsafe.Add(ref x, 3));
                x = ref Unsafe.Add(ref x, 4);
                lanes = ref Unsafe.Add(ref lanes, GroupedPanels.PanelRows);
            }
        }

        Flush(sums.S0, 0, ref sum);
        Flush(sums.S1, 1, ref sum);
        Flush(sums.S2, 2, ref sum);
        Flush(sums.S3, 3, ref sum);
        Flush(sums.S4, 4, ref sum);
        Flush(sums.S5, 5, ref sum);
        Flush(sums.S6, 6, ref sum);
        Flush(sums.S7, 7, ref sum);
    }

    /// <summary>The fields that are <paramref name="shift"/> above the lowest of each byte, which is constant where this is called.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPlane(ref PanelSums sums, ref uint lanes, int shift, Vector256<byte> mask, int inputs)
    {
        var value = Vector256.Create(inputs).AsSByte();
        sums.S0 += AvxTwo.MultiplyAddAdjacent(Plane(ref lanes, 0, shift) & mask, value);
        sums.S1 += AvxTwo.MultiplyAddAdjacent(Plane(ref lanes, 1, shift) & mask, value);
        sums.S2 += AvxTwo.MultiplyAddAdjacent(Plane(ref lanes, 2, shift) & mask, value);
        sums.S3 += AvxTwo.MultiplyAddAdjacent(Plane(ref lanes, 3, shift) & mask, value);
        sums.S4 += AvxTwo.MultiplyAddAdjacent(Plane(ref lanes, 4, shift) & mask, value);
        sums.S5 += AvxTwo.MultiplyAddAdjacent(Plane(ref lanes, 5, shift) & mask, value);
        sums.S6 += AvxTwo.MultiplyAddAdjacent(Plane(ref lanes, 6, shift) & mask, value);
        sums.S7 += AvxTwo.MultiplyAddAdjacent(Plane(ref lanes, 7, shift) & mask, value);
    }

    private static void AddBlock(ref uint lanes, ref int x, int chunks, int planes, int bits, Vector256<byte> mask, nuint block, int rows, ref int sum)
    {
        var s = Vector256<short>.Zero;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            ref var chunkLanes = ref Unsafe.Add(ref lanes, chunk * rows);
            for (var plane = 0; plane < planes; plane++)
            {
                var value = Vector256.Create(Unsafe.Add(ref x, (chunk * planes) + plane)).AsSByte();
                s += AvxTwo.MultiplyAddAdjacent(Plane(ref chunkLanes, block, plane * bits) & mask, value);
            }
        }

        Flush(s, block, ref sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Lanes(ref uint lanes, nuint block) => Vector256.LoadUnsafe(ref lanes, block * BlockRows).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Plane(ref uint lanes, nuint block, int shift)
    {
        var vector = Vector256.LoadUnsafe(ref lanes, block * BlockRows);
        return (shift == 0 ? vector : vector >>> shift).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Add(Vector256<int> sum, ref uint lanes, nuint block, Vector256<sbyte> value, Vector256<short> ones)
    {
        var weights = (Lanes(ref lanes, block) ^ Vector256.Create((byte)0x80)).AsSByte();
        return sum + AvxTwo.MultiplyAddAdjacent(AvxTwo.MultiplyAddAdjacent(AvxTwo.Abs(weights), AvxTwo.Sign(value, weights)), ones);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Flush(Vector256<short> pairs, nuint block, ref int sum)
    {
        var place = block * BlockRows;
        (Vector256.LoadUnsafe(ref sum, place) + AvxTwo.MultiplyAddAdjacent(pairs, Vector256.Create((short)1))).StoreUnsafe(ref sum, place);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End(GroupedPanels panels, in ByteToken token, int group, int panel, int block, Vector256<int> sum, int offset, Span<float> target)
    {
        var place = (nuint)(block * BlockRows);
        var first = (nuint)panels.ScaleIndex(panel, group) + place;
        var zeroPoints = Vector256.Create(offset);
        if (panels.ZeroPoints is { } own)
            zeroPoints += Vector256.LoadUnsafe(ref own[0], first);
        sum -= zeroPoints * Vector256.Create(token.Sums[group]);
        ref var totals = ref MemoryMarshal.GetReference(target);
        (Vector256.LoadUnsafe(ref totals, place) + (Avx.ConvertToVector256Single(sum) * Vector256.LoadUnsafe(ref panels.Scales[0], first)))
            .StoreUnsafe(ref totals, place);
    }

    private static void Finish(in ByteToken token, Span<float> target)
    {
        foreach (ref var total in target)
            total *= token.Scale;
    }

    /// <summary>The sums of a panel's blocks, in registers.</summary>
    private struct PanelSums
    {
        public Vector256<short> S0, S1, S2, S3, S4, S5, S6, S7;
    }
}
