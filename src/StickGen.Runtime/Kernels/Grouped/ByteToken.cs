namespace StickGen.Kernels.Grouped;

/// <summary>The inputs of a product as integers: in [−127, 127], or in [−128, 127] where their zero point is not 0.</summary>
/// <param name="values">
/// In the order in which masks take the fields of lanes apart: for each chunk, the inputs that are in the lowest bits of the lane's bytes, then those above, and so on. Groups are
/// filled up with zeros to whole lanes.
/// </param>
/// <param name="sums">The sum of each group's inputs.</param>
/// <param name="scale">What an integer of 1 stands for.</param>
/// <param name="corrections">
/// By panel, group and row of the panel, what is added to the sum of a group: less the zero point, times the sum of the group's weights. None where the zero point is 0.
/// </param>
internal readonly ref struct ByteToken(ReadOnlySpan<sbyte> values, ReadOnlySpan<int> sums, float scale, ReadOnlySpan<int> corrections = default) : IToken
{
    public ReadOnlySpan<sbyte> Values { get; } = values;

    public ReadOnlySpan<int> Sums { get; } = sums;

    public float Scale { get; } = scale;

    public ReadOnlySpan<int> Corrections { get; } = corrections;

    public void Multiply(IGroupedProducts products, GroupedPanels panels, int panel, scoped Span<float> target) => products.Multiply(panels, this, panel, target);
}
