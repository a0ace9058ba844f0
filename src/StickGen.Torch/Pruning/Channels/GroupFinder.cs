namespace StickGen.Pruning;

/// <summary>From tied channels to groups: channels that are in the same places, equally often, are one group.</summary>
internal static class GroupFinder
{
    public static List<ChannelGroup> Find(ChannelFlow flow)
    {
        var groups = new List<ChannelGroup>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var channels in Channels(flow).GroupBy(c => c.Places))
        {
            var members = channels.ToList();
            // Reasons differ only in which layer they name; the first is as good as any.
            var reason = channels.Key.Reason is null && IsWhole(members) ? "all channels of a layer are tied together" : channels.Key.Reason;
            var axes = members[0].Indices.Keys.Select(axis => new GroupAxis(axis, [.. members.Select(m => m.Indices[axis].ToArray())])).ToList();
            groups.Add(new(Unique(names, axes[0].Axis.Path), axes, members.Count, reason) { IsResidual = members[0].IsResidual });
        }

        return groups;
    }

    /// <summary>Each set of tied channels, in the order of its first channel.</summary>
    private static List<Channel> Channels(ChannelFlow flow)
    {
        var channels = new Dictionary<int, Channel>();
        foreach (var axis in flow.Modules.SelectMany(m => m.Axes))
        {
            for (var i = 0; i < axis.Size; i++)
            {
                var set = flow.Sets.Find(axis.Ids[i]);
                if (!channels.TryGetValue(set, out var channel))
                    channels.Add(set, channel = new(flow.Sets.FrozenBecause(set), flow.Sets.IsResidual(set)));
                if (!channel.Indices.TryGetValue(axis, out var indices))
                    channel.Indices.Add(axis, indices = []);
                indices.Add(i);
            }
        }

        return [.. channels.Values];
    }

    /// <summary>Whether a layer has no channels but these, and they go together.</summary>
    private static bool IsWhole(List<Channel> members) => members.Count == 1 && members[0].Indices.Any(i => i.Value.Count == i.Key.Size);

    private static string Unique(HashSet<string> names, string name)
    {
        var unique = name;
        for (var i = 2; !names.Add(unique); i++)
            unique = $"{name}#{i}";
        return unique;
    }

    private sealed class Channel(string? reason, bool isResidual)
    {
        public bool IsResidual { get; } = isResidual;

        public Dictionary<ChannelAxis, List<int>> Indices { get; } = [];

        public PlacesKey Places => new(reason, IsResidual, string.Join(';', Indices.Select(i => $"{i.Key.Name}×{i.Value.Count}")));
    }

    private sealed record PlacesKey(string? Reason, bool IsResidual, string Places);
}
