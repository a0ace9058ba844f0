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
    /// <returns>The slice that takes other channels, by its statement, or <see langword="null"/>.</returns>
    public static string? Problem(ChannelSelection selection, TracedModel smaller)
    {
        var isKept = ReshapeSizes.KeptPositions(selection);
        var after = Slices(smaller).ToDictionary(s => s.Key, s => s.Node);
        foreach (var (key, node) in Slices(selection.Groups.Traced))
        {
            if (!after.TryGetValue(key, out var now) || Positions(node) is not { } taken || Positions(now) is not { } actual
                || selection.Groups.LayoutOf(node.Inputs[0])?.BlockOf(AxisOf(node)) is not { } block)
                continue;
            var (rank, ranks) = (0L, new Dictionary<long, long>());
            foreach (var (position, channels) in block.PositionsAlong(AxisOf(node)).Index())
            {
                if (isKept(channels))
                    ranks.Add(position, rank++);
            }

            if (!taken.Where(ranks.ContainsKey).Select(p => ranks[p]).SequenceEqual(actual))
                return $"Without the masked channels, '{now.Node.Source}' would take other channels than before. Keep as many in each part that it cuts, or mark the layers before it with [KeepChannels].";
        }

        return null;
    }

    private static IEnumerable<((string Scope, int Number) Key, TracedNode Node)> Slices(TracedModel traced) =>
        from scope in traced.Scopes
        from numbered in scope.NumberedNodes
        where numbered.Node.Node.Operation is Slice
        select ((scope.Path, numbered.Number), numbered.Node);

    private static int AxisOf(TracedNode node) => Selecting.FromStart(((Slice)node.Node.Operation).Axis, node.Inputs[0].Shape!.Rank);

    /// <summary>What is taken, if that is known.</summary>
    private static IEnumerable<long>? Positions(TracedNode node)
    {
        var slice = (Slice)node.Node.Operation;
        return node.Inputs[0].Shape is { } shape && slice.Length.IsFixed && shape[slice.Axis] is { IsFixed: true } size
            ? Selecting.Positions(slice, size.Size)
            : null;
    }
}
