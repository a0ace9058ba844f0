namespace StickGen.Kernels.Grouped;

/// <summary>
/// Products of tokens with grouped weights. The order of every sum is part of the definition, so that all instruction sets give the same bits:
/// inputs of a group one after the other, groups one after the other.
/// </summary>
internal interface IGroupedProducts
{
    /// <summary>
    /// Of a token in float32. A group's sum is a chain of fused multiply-adds from 0; less the zero point times the sum of its inputs; times the scale, added to the sum of
    /// the groups before (not fused).
    /// </summary>
    /// <param name="panels">The weights.</param>
    /// <param name="token">The inputs.</param>
    /// <param name="panel">Which of the panels.</param>
    /// <param name="target">The panel's rows, whole blocks of them.</param>
    void Multiply(GroupedPanels panels, in FloatToken token, int panel, Span<float> target);

    /// <summary>
    /// Of a token in integers. A group's sum is exact, as is its difference to the zero point of the weights times the sum of its inputs, and the correction for the zero point of the inputs; it is rounded to float32, times the scale, added to
    /// the sum of the groups before; the sum of all groups times the token's scale.
    /// </summary>
    void Multiply(GroupedPanels panels, in ByteToken token, int panel, Span<float> target);
}
