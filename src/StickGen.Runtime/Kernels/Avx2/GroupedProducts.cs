using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StickGen.Kernels.Grouped;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// Products with grouped weights for AVX2 and FMA, in the order of <see cref="IGroupedProducts"/>: a lane for each output row, eight vectors of rows at a time, which is
/// enough to hide the latency of their chains.
/// </summary>
internal sealed class GroupedProducts : IGroupedProducts
{
    private const int BlockRows = GroupedPanels.BlockRows;
    private static readonly Field[] bytes = Field.All(8), nibbles = Field.All(4), crumbs = Field.All(2);

    public static GroupedProducts Instance { get; } = new();

    public static bool IsSupported => AvxTwo.IsSupported && Fma.IsSupported;

    public void Multiply(GroupedPanels panels, in FloatToken token, int panel, Span<float> target)
    {
        if (target.Length == GroupedPanels.PanelRows)
        {
            MultiplyPanel(panels, token, panel, target);
            return;
        }

        for (var block = 0; block < target.Length / BlockRows; block++)
            MultiplyBlock(panels, token, panel, block, target);
    }

    public void Multiply(GroupedPanels panels, in ByteToken token, int panel, Span<float> target)
    {
        if (panels.Bits == 8)
            GroupedByteProducts.MultiplyBytes(panels, token, panel, target);
        else
            GroupedByteProducts.MultiplyFields(panels, token, panel, target);
    }

    private static ReadOnlySpan<Field> Fields(int bits) => bits switch
    {
        8 => bytes,
        4 => nibbles,
        _ => crumbs,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyPanel(GroupedPanels panels, in FloatToken token, int panel, Span<float> target)
    {
        ref var lanes = ref MemoryMarshal.GetReference(panels.Lanes(panel));
        ref var x = ref MemoryMarshal.GetReference(token.Values);
        var fields = Fields(panels.Bits);
        var (perLane, chunks) = (panels.PerLane, panels.ChunksPerGroup);
        var shift = fields.Length * panels.Bits;
        target.Clear();
        for (var group = 0; group < panels.Groups; group++)
        {
            Vector256<float> s0 = default, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
            for (var chunk = 0; chunk < chunks; chunk++)
            {
                for (var i = 0; i < fields.Length; i++)
                {
                    var (mask, exponent, offset) = (Vector256.Create(fields[i].Mask), Vector256.Create(fields[i].Exponent), Vector256.Create(fields[i].Offset));
                    var value = Vector256.Create(Unsafe.Add(ref x, i));
                    s0 = Fma.MultiplyAdd(Low(ref lanes, 0, mask, exponent, offset), value, s0);
                    s1 = Fma.MultiplyAdd(Low(ref lanes, 1, mask, exponent, offset), value, s1);
                    s2 = Fma.MultiplyAdd(Low(ref lanes, 2, mask, exponent, offset), value, s2);
                    s3 = Fma.MultiplyAdd(Low(ref lanes, 3, mask, exponent, offset), value, s3);
                    s4 = Fma.MultiplyAdd(Low(ref lanes, 4, mask, exponent, offset), value, s4);
                    s5 = Fma.MultiplyAdd(Low(ref lanes, 5, mask, exponent, offset), value, s5);
                    s6 = Fma.MultiplyAdd(Low(ref lanes, 6, mask, exponent, offset), value, s6);
                    s7 = Fma.MultiplyAdd(Low(ref lanes, 7, mask, exponent, offset), value, s7);
                }

                var shifts = Vector256.Create((uint)shift);
                for (var i = 0; i < perLane - fields.Length; i++)
                {
                    var (mask, exponent, offset) = (Vector256.Create(fields[i].Mask), Vector256.Create(fields[i].Exponent), Vector256.Create(fields[i].Offset));
                    var value = Vector256.Create(Unsafe.Add(ref x, fields.Length + i));
                    s0 = Fma.MultiplyAdd(High(ref lanes, 0, shifts, mask, exponent, offset), value, s0);
                    s1 = Fma.MultiplyAdd(High(ref lanes, 1, shifts, mask, exponent, offset), value, s1);
                    s2 = Fma.MultiplyAdd(High(ref lanes, 2, shifts, mask, exponent, offset), value, s2);
                    s3 = Fma.MultiplyAdd(High(ref lanes, 3, shifts, mask, exponent, offset), value, s3);
                    s4 = Fma.MultiplyAdd(High(ref lanes, 4, shifts, mask, exponent, offset), value, s4);
                    s5 = Fma.MultiplyAdd(High(ref lanes, 5, shifts, mask, exponent, offset), value, s5);
                    s6 = Fma.MultiplyAdd(High(ref lanes, 6, shifts, mask, exponent, offset), value, s6);
                    s7 = Fma.MultiplyAdd(High(ref lanes, 7, shifts, mask, exponent, offset), value, s7);
                }

                x = ref Unsafe.Add(ref x, perLane);
                lanes = ref Unsafe.Add(ref lanes, GroupedPanels.PanelRows);
            }

            var index = panels.ScaleIndex(panel, group);
            End(panels, token, group, index, 0, s0, target);
            End(panels, token, group, index, 1, s1, target);
            End(panels, token, group, index, 2, s2, target);
            End(panels, token, group, index, 3, s3, target);
            End(panels, token, group, index, 4, s4, target);
            End(panels, token, group, index, 5, s5, target);
            End(panels, token, group, index, 6, s6, target);
            End(panels, token, group, index, 7, s7, target);
        }
    }

    /// <summary>One of a narrower panel's blocks.</summary>
    private static void MultiplyBlock(GroupedPanels panels, in FloatToken token, int panel, int block, Span<float> target)
    {
        ref var lanes = ref MemoryMarshal.GetReference(panels.Lanes(panel));
        var fields = Fields(panels.Bits);
        var shifts = Vector256.Create((uint)(fields.Length * panels.Bits));
        target.Slice(block * BlockRows, BlockRows).Clear();
        for (var group = 0; group < panels.Groups; group++)
        {
            var sum = Vector256<float>.Zero;
            for (var chunk = group * panels.ChunksPerGroup; chunk < (group + 1) * panels.ChunksPerGroup; chunk++)
            {
                ref var chunkLanes = ref Unsafe.Add(ref lanes, chunk * target.Length);
                for (var i = 0; i < panels.PerLane; i++)
                {
                    var field = fields[i % fields.Length];
                    var (mask, exponent, offset) = (Vector256.Create(field.Mask), Vector256.Create(field.Exponent), Vector256.Create(field.Offset));
                    var weights = i < fields.Length
                        ? Low(ref chunkLanes, (nuint)block, mask, exponent, offset)
                        : High(ref chunkLanes, (nuint)block, shifts, mask, exponent, offset);
                    sum = Fma.MultiplyAdd(weights, Vector256.Create(token.Values[(chunk * panels.PerLane) + i]), sum);
                }
            }

            End(panels, token, group, panels.ScaleIndex(panel, group), block, sum, target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Low(ref uint lanes, nuint block, Vector256<uint> mask, Vector256<uint> exponent, Vector256<float> offset) =>
        ((Vector256.LoadUnsafe(ref lanes, block * BlockRows) & mask) | exponent).AsSingle() - offset;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> High(
        ref uint lanes, nuint block, Vector256<uint> shifts, Vector256<uint> mask, Vector256<uint> exponent, Vector256<float> offset) =>
        ((AvxTwo.ShiftRightLogicalVariable(Vector256.LoadUnsafe(ref lanes, block * BlockRows), shifts) & mask) | exponent).AsSingle() - offset;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End(GroupedPanels panels, in FloatToken token, int group, int index, int block, Vector256<float> sum, Span<float> target)
    {
        var first = (nuint)(index + (block * BlockRows));
        if (panels.ZeroPoints is { } zeroPoints)
            sum -= Avx.ConvertToVector256Single(Vector256.LoadUnsafe(ref zeroPoints[0], first)) * Vector256.Create(token.Sums[group]);
        ref var totals = ref MemoryMarshal.GetReference(target);
        var place = (nuint)(block * BlockRows);
        (Vector256.LoadUnsafe(ref totals, place) + (sum * Vector256.LoadUnsafe(ref panels.Scales[0], first))).StoreUnsafe(ref totals, place);
    }
}
