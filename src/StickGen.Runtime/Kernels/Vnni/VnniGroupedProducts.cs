using System.Runtime.CompilerServices;
using StickGen.Kernels.Avx2;
using StickGen.Kernels.Grouped;

namespace StickGen.Kernels.Vnni;

/// <summary>
/// Products of bytes with grouped weights by <see cref="PanelCode"/>: fields are unsigned and inputs signed, as the instruction multiplies them, so that nothing has to be taken care of but zero
/// points. Panels that are not whole, and tokens in float, are multiplied as with AVX2.
/// </summary>
internal sealed unsafe class VnniGroupedProducts : IGroupedProducts
{
    private const int Rows = GroupedPanels.PanelRows;

    /// <summary>With more groups in a call their scales, which are read between calls, come from memory all at once, while no weights do: with 16 a third slower.</summary>
    private const int GroupsInCall = 2;

    private readonly GroupedProducts others = GroupedProducts.Instance;

    public static VnniGroupedProducts Instance { get; } = new();

    public void Multiply(GroupedPanels panels, in FloatToken token, int panel, Span<float> target) => others.Multiply(panels, token, panel, target);

    [SkipLocalsInit]
    public void Multiply(GroupedPanels panels, in ByteToken token, int panel, Span<float> target)
    {
        if (target.Length < Rows)
        {
            others.Multiply(panels, token, panel, target);
            return;
        }

        var sums = stackalloc int[GroupsInCall * Rows];
        target.Clear();
        fixed (uint* lanes = panels.Lanes(panel))
        fixed (sbyte* inputs = token.Values)
        {
            var arguments = new PanelArguments
            {
                Inputs = inputs,
                GroupBytes = panels.ChunksPerGroup * (8 / panels.Bits) * sizeof(int),
                Mask = 0x01010101u * ((1u << panels.Bits) - 1),
                Sums = sums,
            };
            for (var group = 0; group < panels.Groups; group += GroupsInCall)
            {
                var count = Math.Min(GroupsInCall, panels.Groups - group);
                arguments.Lanes = lanes + ((nint)group * panels.ChunksPerGroup * Rows);
                arguments.Inputs = inputs + (group * arguments.GroupBytes);
                arguments.EndSums = sums + (count * Rows);
                VnniCode.Panel(panels.Bits)(&arguments);
                for (var i = 0; i < count; i++)
                    GroupedByteProducts.EndGroup(panels, token, group + i, panel, ref sums[i * Rows], target);
            }
        }

        GroupedByteProducts.Finish(token, target);
    }
}
