using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Units;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// Finds out, from the graph, which norm or linear layer feeds which linear layers of a block so that scales can be moved from one to the others, and for each of the rest why not.
/// </summary>
internal sealed class FoldAnalysis
{
    private readonly FakeQuantization state;
    private readonly BlockPlan plan;
    private readonly Dictionary<GraphNode, LinearUnit> units;
    private readonly Dictionary<TorchSharp.Modules.Linear, BlockLayer> layers;
    private readonly Dictionary<string, Tensor> parameters;
    private readonly HashSet<GraphNode> inside;

    private FoldAnalysis(FakeQuantization state, BlockPlan plan, nn.Module variant)
    {
        (this.state, this.plan) = (state, plan);
        units = state.Units.OfType<LinearUnit>().ToDictionary(u => u.Site.Nodes[0]);
        layers = plan.Layers.ToDictionary(l => l.Linear);
        parameters = variant.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter, StringComparer.Ordinal);
        // What is outside of all blocks has what is in none of them: the layers of those are rounded already.
        var isRest = plan.Scope.Path.Length == 0;
        var apart = isRest ? state.LayerPlan!.Blocks.Where(b => b.Scope.Path.Length > 0).ToList() : [];
        inside = [.. state.Traced.Nodes
            .Where(n => isRest ? !apart.Exists(b => LayerPlan.Covers(b.Scope.Path, n.Scope.Path)) : LayerPlan.Covers(plan.Scope.Path, n.Scope.Path))
            .Select(n => n.Node)];
    }

    /// <summary>The places of a block that can be scaled, and the layers that read no such, with the reasons.</summary>
    public static (IReadOnlyList<FoldSite> Sites, IReadOnlyList<string> Refusals) Find(FakeQuantization state, BlockPlan plan, nn.Module variant)
    {
        var analysis = new FoldAnalysis(state, plan, variant);
        var (sites, refusals) = (new List<FoldSite>(), new List<string>());
        foreach (var group in plan.Layers.GroupBy(l => l.Input))
        {
            var (site, refusal) = analysis.SiteOf(group.Key, [.. group]);
            if (site is not null)
                sites.Add(site);
            else
                refusals.Add($"{string.Join(", ", group.Select(l => l.Name))}: what is read cannot be scaled: {refusal}");
        }

        return (sites, refusals);
    }

    private (FoldSite? Site, string? Refusal) SiteOf(GraphValue value, List<BlockLayer> readers)
    {
        if (readers.Find(l => l.Units.Count > 1) is { } shared)
            return (null, $"'{shared.Name}' is called at {shared.Units.Count} places");
        if (IsResult(value))
            return (null, $"'{value.Name}' is a result of the block");
        var others = new List<TorchSharp.Modules.Linear>();
        foreach (var node in value.Consumers)
        {
            if (!units.TryGetValue(node, out var unit) || !inside.Contains(node))
                return (null, $"'{value.Name}' is also read by '{node.Name}'");
            if (layers.ContainsKey(unit.Layer))
                continue;
            if (IsCalledTwice(unit.Layer))
                return (null, $"'{unit.Name}' reads it, which is called at several places");
            others.Add(unit.Layer);
        }

        return value.Producer switch
        {
            null => (null, $"'{value.Name}' is an input of the model"),
            var node when !inside.Contains(node) => (null, $"'{node.Name}' computes it, which is outside of the block"),
            { Operation: Normalize { Function: "layer_norm", Size: 1 } } node => OfNorm(node, readers, others),
            // A norm that is written by hand: x · weight, or x · weight + bias.
            { Operation: Arithmetic { Function: ArithmeticFunction.Multiply, Number: null } } node when StateOf(node) is { } weight => OfState(weight, null, readers, others),
            { Operation: Add or Arithmetic { Function: ArithmeticFunction.Add, Number: null } } node when StateOf(node) is { } bias => OfSum(node, bias, readers, others),
            { Operation: Arithmetic { Function: ArithmeticFunction.Multiply, Number: null } } node => OfProduct(node, readers, others),
            _ => OfLayer(value, readers, others),
        };
    }

    private bool IsCalledTwice(TorchSharp.Modules.Linear layer) => units.Values.Count(u => u.Layer == layer) > 1;

    private bool IsResult(GraphValue value) => state.Traced.Root.Outputs.Contains(value) || plan.Scope.Outputs.Contains(value);

    private (FoldSite?, string?) OfNorm(GraphNode node, List<BlockLayer> readers, List<TorchSharp.Modules.Linear> others) => node.Inputs.Count > 1
        ? OfParameters(node.Inputs[1], node.Inputs.Count > 2 ? node.Inputs[2] : null, readers, others)
        : (null, $"'{node.Name}' has no weight");

    private (FoldSite?, string?) OfSum(GraphNode node, GraphNode bias, List<BlockLayer> readers, List<TorchSharp.Modules.Linear> others)
    {
        var product = node.Inputs.First(i => i.Producer != bias);
        return product.Producer is { Operation: Arithmetic { Function: ArithmeticFunction.Multiply, Number: null } } scaled && StateOf(scaled) is { } weight && product.Consumers.Count == 1
            ? OfState(weight, bias, readers, others)
            : (null, $"'{node.Name}' computes it, whose other operand is no product with a parameter");
    }

    private (FoldSite?, string?) OfState(GraphNode weight, GraphNode? bias, List<BlockLayer> readers, List<TorchSharp.Modules.Linear> others)
    {
        foreach (var node in new[] { weight, bias }.OfType<GraphNode>())
        {
            if (node.Output.Consumers.Count > 1)
                return (null, $"'{node.Inputs[0].Name}' is read at several places");
        }

        return OfParameters(weight.Inputs[0], bias?.Inputs[0], readers, others);
    }

    private (FoldSite?, string?) OfParameters(GraphValue weight, GraphValue? bias, List<BlockLayer> readers, List<TorchSharp.Modules.Linear> others)
    {
        foreach (var constant in new[] { weight, bias }.OfType<GraphValue>())
        {
            if (constant.Consumers.Count > 1)
                return (null, $"'{constant.Name}' is read at several places");
            if (!parameters.ContainsKey(constant.Name))
                return (null, $"'{constant.Name}' is no parameter of the variant");
        }

        var (factors, shift) = (parameters[weight.Name], bias is null ? null : parameters[bias.Name]);
        return factors.dim() == 1 && factors.shape[0] == readers[0].Inputs && (shift is null || shift.shape.SequenceEqual(factors.shape))
            ? (new(weight.Name, readers, others, shift is null ? [factors] : [factors, shift], shift, Identity(readers[0].Inputs)), null)
            : (null, $"'{weight.Name}' has another shape than the {readers[0].Inputs} inputs");
    }

    /// <summary>A product of two computed values, such as that of a gated linear unit: one of them is scaled.</summary>
    private (FoldSite?, string?) OfProduct(GraphNode node, List<BlockLayer> readers, List<TorchSharp.Modules.Linear> others)
    {
        string? refusal = null;
        foreach (var operand in node.Inputs.Reverse())
        {
            if (!Equals(operand.Shape, node.Output.Shape) || operand.Shape is null || operand.Consumers.Count > 1 || IsResult(operand))
                continue;
            var (site, reason) = OfLayer(operand, readers, others, isDirect: false);
            if (site is not null)
                return (site, null);
            refusal ??= reason;
        }

        return (null, refusal ?? $"'{node.Name}' computes it, of whose operands none is that of one linear layer");
    }

    private (FoldSite?, string?) OfLayer(GraphValue value, List<BlockLayer> readers, List<TorchSharp.Modules.Linear> others, bool isDirect = true)
    {
        var (node, map, refusal) = ChannelPath.Find(value, IsResult);
        if (node is null)
            return (null, refusal);
        if (!inside.Contains(node) || !units.TryGetValue(node, out var unit))
            return (null, $"'{node.Name}' computes it, which is outside of the block or no module");
        var layer = layers.GetValueOrDefault(unit.Layer);
        if (IsCalledTwice(unit.Layer))
            return (null, $"'{unit.Name}' is called at several places");
        // A channel of a weighted sum of tokens would be shifted by the shift times the sum of the weights, which is 1 for some attention alone.
        var bias = isDirect && value.Producer == node ? unit.Layer.bias : null;
        return (new(unit.Name, readers, others, unit.Layer.bias is { } b ? [unit.Layer.weight, b] : [unit.Layer.weight], bias, map) { SourceLayer = layer }, null);
    }

    /// <summary>The node of the operand that is a parameter with a number for each channel.</summary>
    private static GraphNode? StateOf(GraphNode node) =>
        node.Inputs.Select(i => i.Producer).FirstOrDefault(p => p is { Operation: State { IsParameter: true } } && p.Output.Shape is { Rank: 1 });

    private static long[] Identity(int length) => [.. Enumerable.Range(0, length).Select(i => (long)i)];
}
