using StickGen.Compression;

namespace StickGen.Pruning;

/// <summary>Selects the channels that are kept.</summary>
public static class ChannelSelector
{
    /// <summary>Removes the least important channels.</summary>
    /// <param name="importance">The importance of the model's channels.</param>
    /// <param name="options">How much is removed, and what stays.</param>
    /// <exception cref="CompressionException">
    /// An option is not allowed, names something that the model does not have, or asks for more than can be removed.
    /// </exception>
    public static ChannelSelection Select(Importance importance, SelectionOptions options)
    {
        ArgumentNullException.ThrowIfNull(importance);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var groups = importance.Groups;
        var excluded = Excluded(groups, options);
        foreach (var name in options.GroupRatios.Keys)
        {
            if (groups[name] is { IsFrozen: true } frozen)
                throw new CompressionException($"{nameof(options.GroupRatios)} names '{name}', which cannot lose channels: {frozen.FrozenBecause}.");
        }

        var blocks = groups.Prunable
            .Where(g => importance[g] is not null && !excluded.Contains(g))
            .ToDictionary(g => g, g => RemovalOrder.BlocksOf(
                g, importance[g]!, RemovalOrder.UnitOf(g, options.RoundTo), MinimumOf(g, options), s => s.Average()));

        if (options.GroupRatios.Keys.FirstOrDefault(name => !blocks.ContainsKey(groups[name])) is { } unscored)
            throw new CompressionException($"{nameof(options.GroupRatios)} names '{unscored}', which {(excluded.Contains(groups[unscored]) ? "other options exclude" : "has no scores")}.");
        if (blocks.Count == 0 && options.Ratio > 0)
            throw new CompressionException($"{nameof(options.Ratio)} is {options.Ratio}, and {groups.Model} has no channels that could be removed: none is scored, or all are frozen or excluded.");

        var own = ChannelSelection.All(groups);
        foreach (var (name, ratio) in options.GroupRatios)
        {
            if (blocks.Remove(groups[name], out var list))
                own = PerGroup(own, list, groups[name], ratio);
        }

        var rest = options.Scope == PruningScope.Global
            ? Global(groups, blocks, options)
            : Uniform(groups, blocks, options);
        return options.GroupRatios.Keys.Aggregate(rest, (selection, name) => selection.Keep(groups[name], own.Kept(groups[name])));
    }

    private static ChannelSelection Global(ChannelGroups groups, Dictionary<ChannelGroup, List<RemovalBlock>> blocks, SelectionOptions options) =>
        new RemovalOrder(groups, [.. blocks.Values.SelectMany(b => b).OrderBy(b => b.Score)]).Until(options.Ratio, options.Measure);

    private static ChannelSelection Uniform(ChannelGroups groups, Dictionary<ChannelGroup, List<RemovalBlock>> blocks, SelectionOptions options)
    {
        if (options.Measure == PruningMeasure.Channels)
            return blocks.Aggregate(ChannelSelection.All(groups), (selection, b) => PerGroup(selection, b.Value, b.Key, options.Ratio));
        // The order in which a share that grows from 0 to 1 takes the blocks of all groups.
        var order = blocks.SelectMany(b => Shares(b.Key, b.Value)).OrderBy(b => b.Share).Select(b => b.Block);
        return new RemovalOrder(groups, [.. order]).Until(options.Ratio, options.Measure);
    }

    private static ChannelSelection PerGroup(ChannelSelection selection, List<RemovalBlock> blocks, ChannelGroup group, double ratio)
    {
        // The last block that still fits: a layer never loses more than its share.
        var channels = Shares(group, blocks).TakeWhile(b => b.Share <= ratio + 1e-9).SelectMany(b => b.Block.Channels).ToHashSet();
        return channels.Count == 0 ? selection : selection.Remove(group, channels);
    }

    /// <summary>The share of a group that is removed after each block.</summary>
    private static IEnumerable<(RemovalBlock Block, double Share)> Shares(ChannelGroup group, List<RemovalBlock> blocks)
    {
        var removed = 0;
        foreach (var block in blocks)
            yield return (block, (double)(removed += block.Channels.Length) / group.Width);
    }

    private static int MinimumOf(ChannelGroup group, SelectionOptions options) =>
        Math.Max(options.MinimumWidth, group.Width - (int)Math.Floor((options.MaximumGroupRatio * group.Width) + 1e-9));

    private static HashSet<ChannelGroup> Excluded(ChannelGroups groups, SelectionOptions options)
    {
        var result = groups.All.Where(g => options.KeepResidualStreams && g.IsResidual).ToHashSet();
        foreach (var path in options.Exclude)
        {
            if (!groups.Modules.Any(m => IsAt(m.Path, path)))
                throw new CompressionException($"{nameof(options.Exclude)} names '{path}', which is no module with channels of {groups.Model}. They are: {string.Join(", ", groups.Modules.Select(m => m.Path))}.");
            result.UnionWith(groups.All.Where(g => g.Axes.Any(a => a.Axis.Role != ChannelRole.Input && IsAt(a.Axis.Path, path))));
        }

        return result;
    }

    /// <summary>Whether a module is the one at a path, or inside of it.</summary>
    private static bool IsAt(string module, string path) => module == path || module.StartsWith(path + ".", StringComparison.Ordinal);
}
