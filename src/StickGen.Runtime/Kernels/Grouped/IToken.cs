namespace StickGen.Kernels.Grouped;

/// <summary>The inputs of a product.</summary>
internal interface IToken
{
    /// <summary>Multiplies these inputs with a panel of weights.</summary>
    /// <param name="products">What multiplies.</param>
    /// <param name="panels">The weights.</param>
    /// <param name="panel">Which of the panels.</param>
    /// <param name="target">The panel's rows, whole blocks of them.</param>
    void Multiply(IGroupedProducts products, GroupedPanels panels, int panel, scoped Span<float> target);
}
