using StickGen.Compression;
using StickGen.Operations;

namespace StickGen.Pruning;

/// <summary>What the sizes in reshapes become when channels are removed.</summary>
internal static class ReshapeSizes
{
    /// <summary>The sizes that differ from those of the original, after a selection is removed.</summary>
    /// <param name="selection">What is kept.</param>
    /// <param name="present">The sizes that differ already.</param>
    /// <exception cref="CompressionException">One statement would need two sizes.</exception>
    public static Dictionary<SizeKey, long> After(ChannelSelection selection, IReadOnlyDictionary<SizeKey, long> present)
    {
        var groups = selection.Groups;
        var removed = RemovedChannels(selection);
        var found = new Dictionary<SizeKey, long>();
        var result = new Dictionary<SizeKey, long>(present);
        foreach (var scope in groups.Traced.Scopes)
        {
            foreach (var (number, node) in scope.NumberedNodes.Where(n => n.Node.Node.Operation is Reshape))
            {
                for (var i = 0; node.Output.Shape is { } shape && i < shape.Rank; i++)
                {
                    if (!shape[i].IsFixed)
                        continue;
                    var (key, size) = (new SizeKey(scope.Path, number, i), SizeOf(groups.LayoutOf(node)?.BlockOf(i), i) ?? shape[i].Size);
                    Add(key, size, node);
                    // All others stay what the code computes, which may be something else for other inputs.
                    if (size != shape[i].Size)
                        result[key] = size;
                }
            }
        }

        return result;

        void Add(SizeKey key, long size, TracedNode node)
        {
            if (!found.TryAdd(key, size) && found[key] != size)
            {
                throw new CompressionException(
                    $"'{node.Name}' is reached several times, and would need the sizes {found[key]} and {size} at '{node.Node.Source}'. Keep as many channels for each, or mark the layers with [KeepChannels].");
            }
        }

        long? SizeOf(ChannelBlock? block, int dim) =>
            block?.PositionsAlong(dim).Count(ids => ids.Exists(id => !removed.Contains(groups.Sets.Find(id))));
    }

    private static HashSet<int> RemovedChannels(ChannelSelection selection)
    {
        var removed = new HashSet<int>();
        foreach (var group in selection.Groups.Prunable)
        {
            var axis = group.Axes[0];
            foreach (var channel in Enumerable.Range(0, group.Width).Except(selection.Kept(group)))
                removed.Add(selection.Groups.Sets.Find(axis.Axis.Ids[axis.Indices[channel][0]]));
        }

        return removed;
    }
}
