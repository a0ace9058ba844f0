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
/// 2 · 128 · 127 = 32,512. Inputs with a zero point are in [−128, 127], where −128 cannot take a sign, and two products of −128 and −128 would be too large: the weight's two halves of
/// 4 bits are multiplied each by itself, of which two products are at most 2 · 15 · 128 = 3,840.
/// </summary>
internal static class GroupedByteProducts
{
    private const int BlockRows = GroupedPanels.BlockRows;

    /// <summary>How many chunks of products are at most 32,767 in sum, of inputs in [−128, 127]: each has two products in each of its planes.</summary>
    public static int ChunksPerFlush(int bits)
    {
        var largest = 2 * ((1 << bits) - 1) * -sbyte.MinValue;
        return short.MaxValue / largest / (8 / bits);
    }

    public static void MultiplyBytes(GroupedPanels panels, in ByteToken token, int panel, Span<float> target)
    {
        if (token.Corrections.IsEmpty)
            MultiplyBytes<SignedProducts>(panels, token, panel, target);
        else
            MultiplyBytes<HalvedProducts>(panels, token, panel, target);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyBytes<TProducts>(GroupedPanels panels, in ByteToken token, int panel, Span<float> target)
        where TProducts : struct, IByteProducts
    {
        ref var lanes = ref MemoryMarshal.GetReference(panels.Lanes(panel));
        ref var x = ref Unsafe.As<sbyte, int>(ref MemoryMarshal.GetReference(token.Values));
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
                        sum = TProducts.Add(sum, Lanes(ref Unsafe.Add(ref lanes, chunk * target.Length), (nuint)block), Vector256.Create(Unsafe.Add(ref x, chunk)).AsSByte());
                    End(panels, token, group, panel, block, sum, TProducts.Offset, target);
                }

                continue;
            }

            Vector256<int> s0 = default, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
            for (var chunk = end - panels.ChunksPerGroup; chunk < end; chunk++)
            {
                var value = Vector256.Create(Unsafe.Add(ref x, chunk)).AsSByte();
                s0 = TProducts.Add(s0, Lanes(ref lanes, 0), value);
                s1 = TProducts.Add(s1, Lanes(ref lanes, 1), value);
                s2 = TProducts.Add(s2, Lanes(ref lanes, 2), value);
                s3 = TProducts.Add(s3, Lanes(ref lanes, 3), value);
                s4 = TProducts.Add(s4, Lanes(ref lanes, 4), value);
                s5 = TProducts.Add(s5, Lanes(ref lanes, 5), value);
                s6 = TProducts.Add(s6, Lanes(ref lanes, 6), value);
                s7 = TProducts.Add(s7, Lanes(ref lanes, 7), value);
                lanes = ref Unsafe.Add(ref lanes, GroupedPanels.PanelRows);
            }

            End(panels, token, group, panel, 0, s0, TProducts.Offset, target);
            End(panels, token, group, panel, 1, s1, TProducts.Offset, target);
            End(panels, token, group, panel, 2, s2, TProducts.Offset, target);
            End(panels, token, group, panel, 3, s3, TProducts.Offset, target);
            End(panels, token, group, panel, 4, s4, TProducts.Offset, target);
            End(panels, token, group, panel, 5, s5, TProducts.Offset, target);
            End(panels, token, group, panel, 6, s6, TProducts.Offset, target);
            End(panels, token, group, panel, 7, s7, TProducts.Offset, target);
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

            EndGroup(panels, token, group, panel, ref sum, target);
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
    private static void Flush(Vector256<short> pairs, nuint block, ref int sum)
    {
        var place = block * BlockRows;
        (Vector256.LoadUnsafe(ref sum, place) + AvxTwo.MultiplyAddAdjacent(pairs, Vector256.Create((short)1))).StoreUnsafe(ref sum, place);
    }

    /// <summary>Adds a group to the totals of rows.</summary>
    /// <param name="panels">The weights.</param>
    /// <param name="token">The inputs.</param>
    /// <param name="group">Which group.</param>
    /// <param name="panel">Of which panel.</param>
    /// <param name="sums">For each row of the panel, the sum of inputs times unsigned fields.</param>
    /// <param name="target">The totals.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void EndGroup(GroupedPanels panels, in ByteToken token, int group, int panel, ref int sums, Span<float> target)
    {
        for (var block = 0; block < target.Length / BlockRows; block++)
            End(panels, token, group, panel, block, Vector256.LoadUnsafe(ref sums, (nuint)(block * BlockRows)), panels.Offset, target);
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
        if (!token.Corrections.IsEmpty)
            sum += Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(token.Corrections), first);
        ref var totals = ref MemoryMarshal.GetReference(target);
        (Vector256.LoadUnsafe(ref totals, place) + (Avx.ConvertToVector256Single(sum) * Vector256.LoadUnsafe(ref panels.Scales[0], first)))
            .StoreUnsafe(ref totals, place);
    }

    /// <summary>Makes totals of integers what they stand for.</summary>
    public static void Finish(in ByteToken token, Span<float> target)
    {
        foreach (ref var total in target)
            total *= token.Scale;
    }

    /// <summary>Products of weights of 8 bits.</summary>
    private interface IByteProducts
    {
        /// <summary>What the weights are offset by in the sums.</summary>
        static abstract int Offset { get; }

        /// <summary>Adds the products of the four inputs of a chunk to each row's sum.</summary>
        /// <param name="sum">By row.</param>
        /// <param name="weights">The lanes of a block: weights that 128 was added to.</param>
        /// <param name="value">The four inputs, for each row.</param>
        static abstract Vector256<int> Add(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> value);
    }

    /// <summary>Of inputs in [−127, 127].</summary>
    private readonly struct SignedProducts : IByteProducts
    {
        public static int Offset => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> value)
        {
            var signed = (weights ^ Vector256.Create((byte)0x80)).AsSByte();
            return sum + AvxTwo.MultiplyAddAdjacent(AvxTwo.MultiplyAddAdjacent(AvxTwo.Abs(signed), AvxTwo.Sign(value, signed)), Vector256.Create((short)1));
        }
    }

    /// <summary>Of inputs in [−128, 127].</summary>
    private readonly struct HalvedProducts : IByteProducts
    {
        public static int Offset => 128;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> value)
        {
            var half = Vector256.Create((byte)0x0F);
            var low = AvxTwo.MultiplyAddAdjacent(weights & half, value);
            var high = AvxTwo.MultiplyAddAdjacent((weights.AsUInt32() >>> 4).AsByte() & half, value);
            return sum + AvxTwo.MultiplyAddAdjacent(low, Vector256.Create((short)1)) + AvxTwo.MultiplyAddAdjacent(high, Vector256.Create((short)16));
        }
    }

    /// <summary>The sums of a panel's blocks, in registers.</summary>
    private struct PanelSums
    {
        public Vector256<short> S0, S1, S2, S3, S4, S5, S6, S7;
    }
}
