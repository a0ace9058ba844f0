using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Pruning;

/// <summary>What the sizes in reshapes become when channels are removed.</summary>
internal static class ReshapeSizes
{
    /// <summary>The sizes of all reshapes after a selection is removed, of each dimension that is a number.</summary>
    /// <param name="selection">What is kept.</param>
    /// <returns>Those that pruning decides, and all.</returns>
    /// <exception cref="CompressionException">One statement would need two sizes.</exception>
    public static (Dictionary<SizeKey, long> OfChannels, Dictionary<SizeKey, long> All) After(ChannelSelection selection)
    {
        var groups = selection.Groups;
        var isKept = KeptPositions(selection);
        var found = new Dictionary<SizeKey, long>();
        var result = new Dictionary<SizeKey, long>();
        foreach (var (key, node, i, size) in Fixed(groups.Traced))
        {
            var block = groups.LayoutOf(node)?.BlockOf(i);
            Add(key, SizeOf(block, i) ?? size, node);
            // Where channels are, also one that stays: code may compute it from another that does not (width / heads). All others stay
            // what the code computes, which may be something else for other inputs.
            if (block is not null)
                result[key] = found[key];
        }

        return (result, found);

        void Add(SizeKey key, long size, TracedNode node)
        {
            if (!found.TryAdd(key, size) && found[key] != size)
            {
                throw new CompressionException(
                    $"'{node.Name}' is reached several times, and would need the sizes {found[key]} and {size} at '{node.Node.Source}'. Keep as many channels for each, or mark the layers with [KeepChannels].");
            }
        }

        long? SizeOf(ChannelBlock? block, int dim) =>
            block?.PositionsAlong(dim).Count(ids => isKept(ids));
    }

    /// <summary>Whether the reshapes of the smaller model have the sizes that they should.</summary>
    public static bool Fit(TracedModel smaller, IReadOnlyDictionary<SizeKey, long> expected) =>
        Fixed(smaller).All(f => !expected.TryGetValue(f.Key, out var size) || size == f.Size);

    private static IEnumerable<(SizeKey Key, TracedNode Node, int Dimension, long Size)> Fixed(TracedModel traced) =>
        from scope in traced.Scopes
        from numbered in scope.NumberedNodes
        where numbered.Node.Node.Operation is Reshape
        let shape = numbered.Node.Output.Shape ?? new Shape()
        from i in Enumerable.Range(0, shape.Rank)
        where shape[i].IsFixed
        select (new SizeKey(scope.Path, numbered.Number, i), numbered.Node, i, shape[i].Size);

    /// <summary>Whether a position of a dimension, which has some channels, keeps one of them.</summary>
    public static Predicate<List<int>> KeptPositions(ChannelSelection selection)
    {
        var sets = selection.Groups.Sets;
        var removed = new HashSet<int>();
        foreach (var group in selection.Groups.Prunable)
        {
            var axis = group.Axes[0];
            foreach (var channel in Enumerable.Range(0, group.Width).Except(selection.Kept(group)))
                removed.Add(sets.Find(axis.Axis.Ids[axis.Indices[channel][0]]));
        }

        return channels => channels.Exists(id => !removed.Contains(sets.Find(id)));
    }
}
