using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Pruning;

/// <summary>
/// Whether slices of the smaller model take the channels that they took before. Code that halves a value halves what is left of it: if one half lost
/// more than the other, a channel changes sides, and all shapes fit all the same.
/// </summary>
internal static class SliceParts
{
    /// <summary>Compares each slice before and after.</summary>
    /// <param name="selection">What was kept.</param>
    /// <param name="smaller">The model without the rest.</param>
    /// <exception cref="CompressionException">A slice takes other channels; the message names the statement.</exception>
    public static void Check(ChannelSelection selection, TracedModel smaller)
    {
        var removed = ReshapeSizes.RemovedChannels(selection);
        var after = Slices(smaller).ToDictionary(s => s.Key, s => s.Node);
        foreach (var (key, node) in Slices(selection.Groups.Traced))
        {
            if (!after.TryGetValue(key, out var now) || Positions(node) is not { } taken || Positions(now) is not { } actual
                || selection.Groups.LayoutOf(node.Inputs[0])?.BlockOf(AxisOf(node)) is not { } block)
                continue;
            var (rank, ranks) = (0L, new Dictionary<long, long>());
            foreach (var (position, ids) in block.PositionsAlong(AxisOf(node)).Index())
            {
                if (ids.Exists(id => !removed.Contains(selection.Groups.Sets.Find(id))))
                    ranks.Add(position, rank++);
            }

            if (!taken.Where(ranks.ContainsKey).Select(p => ranks[p]).SequenceEqual(actual))
            {
                throw new CompressionException(
                    $"Without the masked channels, '{now.Node.Source}' would take other channels than before. Keep as many in each part that it cuts, or mark the layers before it with [KeepChannels].");
            }
        }
    }

    private static IEnumerable<((string Scope, int Number) Key, TracedNode Node)> Slices(TracedModel traced) =>
        from scope in traced.Scopes
        from numbered in scope.NumberedNodes
        where numbered.Node.Node.Operation is Slice
        select ((scope.Path, numbered.Number), numbered.Node);

    private static int AxisOf(TracedNode node)
    {
        var axis = ((Slice)node.Node.Operation).Axis;
        return axis < 0 ? axis + node.Inputs[0].Shape!.Rank : axis;
    }

    /// <summary>What is taken, if that is known.</summary>
    private static List<long>? Positions(TracedNode node)
    {
        var slice = (Slice)node.Node.Operation;
        if (node.Inputs[0].Shape is not { } shape || !slice.Length.IsFixed || shape[AxisOf(node)] is not { IsFixed: true } size)
            return null;
        var start = slice.Start < 0 ? slice.Start + size.Size : slice.Start;
        return [.. Enumerable.Range(0, (int)slice.Length.Size).Select(i => start + (i * slice.Step))];
    }
}
