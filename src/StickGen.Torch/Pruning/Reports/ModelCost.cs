using StickGen.Compression;
using StickGen.Graphs;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// What a model costs with some of its channels, without making it: the counts of <see cref="ModelStatistics"/>, of each node the share that
/// the kept channels have in it.
/// </summary>
internal sealed class ModelCost
{
    private readonly ChannelGroups groups;
    private readonly Dictionary<nn.Module, long> multiplications = new(ReferenceEqualityComparer.Instance);
    private readonly List<(TracedNode Node, long Multiplications)> products = [];
    private readonly long otherParameters;

    /// <summary>What was found for the last selection.</summary>
    private (KeptChannels? Kept, HashSet<int> Ids) removed = (null, []);

    public ModelCost(ChannelGroups groups)
    {
        this.groups = groups;
        var prunable = groups.Modules.ToDictionary(m => m.Module);
        var counts = ModelStatistics.Of(groups.Traced.Graph).Nodes.ToDictionary(n => n.Node, n => n.Macs);
        foreach (var node in groups.Traced.Nodes)
        {
            if (node.Module is { } module && prunable.TryGetValue(module, out var known))
                multiplications[module] = multiplications.GetValueOrDefault(module) + (counts.GetValueOrDefault(node.Node) ?? known.WeightCount(KeptChannels.All));
            else if (counts.GetValueOrDefault(node.Node) is { } count and > 0)
                products.Add((node, count));
        }

        var all = ((nn.Module)(object)groups.Traced.Root.Model).parameters().Sum(p => p.numel());
        otherParameters = all - groups.Modules.Sum(m => m.ParameterCount(KeptChannels.All));
    }

    /// <summary>All parameters of the model.</summary>
    public long Parameters(KeptChannels kept) => otherParameters + groups.Modules.Sum(m => m.ParameterCount(kept));

    /// <summary>The multiply-accumulates of all layers and products for one sample.</summary>
    public long Multiplications(KeptChannels kept) =>
        groups.Modules.Sum(m => Multiplications(m, kept)) + products.Sum(p => Of(p.Node, p.Multiplications, kept));

    /// <summary>The multiply-accumulates of all calls of a module for one sample.</summary>
    public long Multiplications(PrunableModule module, KeptChannels kept)
    {
        // Each weight is used equally often.
        var count = multiplications.GetValueOrDefault(module.Module);
        return count == 0 ? 0 : count / module.WeightCount(KeptChannels.All) * module.WeightCount(kept);
    }

    /// <summary>The multiply-accumulates of what a class computes without a module of its own, such as products in attention.</summary>
    public long Products(nn.Module scope, KeptChannels kept) =>
        products.Where(p => (p.Node.Module ?? (nn.Module)(object)p.Node.Scope.Model) == scope).Sum(p => Of(p.Node, p.Multiplications, kept));

    /// <summary>Of a product, what its result's dimensions keep; what is summed over stays.</summary>
    private long Of(TracedNode node, long count, KeptChannels kept)
    {
        foreach (var block in groups.LayoutOf(node)?.Blocks ?? [])
            count = count / block.Ids.Length * block.Ids.Count(id => !Removed(kept).Contains(groups.Sets.Find(id)));
        return count;
    }

    private HashSet<int> Removed(KeptChannels kept)
    {
        if (removed.Kept == kept)
            return removed.Ids;
        var ids = new HashSet<int>();
        foreach (var axis in groups.Modules.SelectMany(m => m.Axes).Where(a => kept.CountOf(a) < a.Size))
            ids.UnionWith(Enumerable.Range(0, axis.Size).Except(kept.Of(axis).Select(i => (int)i)).Select(i => groups.Sets.Find(axis.Ids[i])));
        removed = (kept, ids);
        return ids;
    }
}
