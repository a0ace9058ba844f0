using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;
using StickGen.Units;

namespace StickGen.Compression;

/// <summary>
/// Which layers of a model are its first and last, which low-bit methods keep at more bits: convolutions and linear layers that no other
/// one comes before, or after. A model with several heads has several.
/// </summary>
internal static class OutermostLayers
{
    /// <summary>Whether a unit has a first or a last layer of the model.</summary>
    public static bool Has(Site site) =>
        site.Nodes.Any(n => IsLayer(n) && (!HasLayerBefore(n) || !HasLayerAfter(n)));

    /// <summary>
    /// Whether a value is an input of the model, what a last layer reads, be it through a pooling, or what is computed after the last layers.
    /// </summary>
    public static bool Touches(Unit unit)
    {
        if (unit is InputUnit || unit.Site.Nodes is not [.., var node])
            return unit is InputUnit;
        return !HasLayerAfter(node) || IsReadByLast(node.Output);
    }

    /// <summary>How values of one scale are quantized, where outermost ones have their own number of bits: decided for all together, so that none asks for another number than the rest.</summary>
    /// <param name="units">The units whose results they are.</param>
    /// <param name="scheme">Elsewhere.</param>
    /// <param name="bits">Of outermost values; <see langword="null"/> for the same as elsewhere.</param>
    public static QuantizationScheme Scheme(IReadOnlyList<Unit> units, QuantizationScheme scheme, int? bits) =>
        bits is { } own && units.Any(Touches) ? scheme with { Bits = own } : scheme;

    private static bool IsReadByLast(GraphValue value) =>
        value.Consumers.Any(n => IsLayer(n) ? !HasLayerAfter(n) : MovesOrAverages(n.Operation) && IsReadByLast(n.Output));

    private static bool HasLayerAfter(GraphNode node) => Reaches(node, n => n.Outputs.SelectMany(o => o.Consumers));

    private static bool HasLayerBefore(GraphNode node) => Reaches(node, n => n.Inputs.Select(i => i.Producer).OfType<GraphNode>());

    private static bool Reaches(GraphNode start, Func<GraphNode, IEnumerable<GraphNode>> next)
    {
        var seen = new HashSet<GraphNode>();
        var open = new Stack<GraphNode>(next(start));
        while (open.TryPop(out var node))
        {
            if (!seen.Add(node))
                continue;
            if (IsLayer(node))
                return true;
            foreach (var further in next(node))
                open.Push(further);
        }

        return false;
    }

    private static bool IsLayer(GraphNode node) => node.Operation is Conv2d or Linear;

    // What is averaged for the last layer is in float in papers, as is everything but what layers read.
    private static bool MovesOrAverages(Operation operation) => operation is MaxPool2d or AvgPool2d or AdaptiveAvgPool2d or Dropout or Flatten or Reshape;
}
