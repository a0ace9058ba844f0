using StickGen.Compression;

namespace StickGen.Pruning;

/// <summary>Which channels of each group of a model are kept. Immutable.</summary>
public sealed class ChannelSelection
{
    private readonly Dictionary<ChannelGroup, int[]> kept;

    private ChannelSelection(ChannelGroups groups, Dictionary<ChannelGroup, int[]> kept) => (Groups, this.kept) = (groups, kept);

    /// <summary>The groups of the model.</summary>
    public ChannelGroups Groups { get; }

    /// <summary>All channels of a model.</summary>
    public static ChannelSelection All(ChannelGroups groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        return new(groups, []);
    }

    /// <summary>The channels of a group that are kept, ascending.</summary>
    public IReadOnlyList<int> Kept(ChannelGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return kept.TryGetValue(group, out var indices) ? indices : [.. Enumerable.Range(0, group.Width)];
    }

    /// <summary>The number of channels of a group that are kept.</summary>
    public int WidthOf(ChannelGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return kept.TryGetValue(group, out var indices) ? indices.Length : group.Width;
    }

    /// <summary>The selection with other channels of a group.</summary>
    /// <param name="group">A group of this model.</param>
    /// <param name="channels">What is kept of it, in any order: from 0 to its width − 1, each once.</param>
    /// <exception cref="CompressionException">The group is frozen or of another model, nothing is kept, or an index is wrong.</exception>
    public ChannelSelection Keep(ChannelGroup group, IEnumerable<int> channels)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(channels);
        if (!Groups.All.Contains(group))
            throw new CompressionException($"'{group.Name}' is a group of another model than {Groups.Model}, or of another instance of it.");
        int[] indices = [.. channels.Order()];
        if (indices.Length == 0)
            throw new CompressionException($"Nothing would be left of '{group.Name}': keep at least one of its {group.Width} channels.");
        if (indices[0] < 0 || indices[^1] >= group.Width)
            throw new CompressionException($"'{group.Name}' has the channels 0 to {group.Width - 1}; {(indices[0] < 0 ? indices[0] : indices[^1])} is none of them.");
        for (var i = 1; i < indices.Length; i++)
        {
            if (indices[i] == indices[i - 1])
                throw new CompressionException($"The channel {indices[i]} of '{group.Name}' is named twice.");
        }

        if (group.IsFrozen && indices.Length < group.Width)
            throw new CompressionException($"'{group.Name}' cannot lose channels: {group.FrozenBecause}.");
        return new(Groups, new(kept) { [group] = indices });
    }

    /// <summary>The selection with one channel of a group less.</summary>
    internal ChannelSelection Remove(ChannelGroup group, IReadOnlySet<int> channels) =>
        Keep(group, Kept(group).Where(c => !channels.Contains(c)));

    /// <summary>The indices that each axis of each module keeps.</summary>
    internal KeptChannels ToKept()
    {
        var removed = new Dictionary<ChannelAxis, HashSet<int>>();
        foreach (var (group, channels) in kept)
        {
            if (channels.Length == group.Width)
                continue;
            foreach (var axis in group.Axes)
            {
                if (!removed.TryGetValue(axis.Axis, out var indices))
                    removed.Add(axis.Axis, indices = []);
                foreach (var channel in Enumerable.Range(0, group.Width).Except(channels))
                    indices.UnionWith(axis.Indices[channel]);
            }
        }

        var result = new KeptChannels();
        foreach (var (axis, indices) in removed)
        {
            long[] left = [.. Enumerable.Range(0, axis.Size).Where(i => !indices.Contains(i))];
            result.Set(axis, left.Length > 0 ? left : throw new CompressionException($"All {axis.Size} channels of '{axis.Name}' would be removed."));
        }

        return result;
    }
}
