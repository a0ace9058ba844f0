namespace StickGen.Kernels.Grouped;

/// <summary>The inputs of a product in float32.</summary>
/// <param name="values">Each group filled up with zeros to whole lanes.</param>
/// <param name="sums">The sum of each group's inputs, one after the other; not used without zero points.</param>
internal readonly ref struct FloatToken(ReadOnlySpan<float> values, ReadOnlySpan<float> sums) : IToken
{
    public ReadOnlySpan<float> Values { get; } = values;

    public ReadOnlySpan<float> Sums { get; } = sums;

    public void Multiply(IGroupedProducts products, GroupedPanels panels, int panel, scoped Span<float> target) => products.Multiply(panels, this, panel, target);
}
