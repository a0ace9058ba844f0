namespace StickGen.Pruning;

/// <summary>Which channels each module keeps.</summary>
internal sealed class KeptChannels
{
    private readonly Dictionary<ChannelAxis, long[]> kept = [];

    /// <summary>All channels.</summary>
    public static KeptChannels All { get; } = new();

    /// <summary>The indices that an axis keeps, ascending.</summary>
    public long[] Of(ChannelAxis axis) => kept.TryGetValue(axis, out var indices) ? indices : [.. Enumerable.Range(0, axis.Size)];

    /// <summary>How many indices an axis keeps.</summary>
    public long CountOf(ChannelAxis axis) => kept.TryGetValue(axis, out var indices) ? indices.Length : axis.Size;

    /// <summary>Whether a module loses channels.</summary>
    public bool Changes(PrunableModule module) => module.Axes.Any(a => kept.TryGetValue(a, out var k) && k.Length < a.Size);

    public void Set(ChannelAxis axis, long[] indices) => kept[axis] = indices;
}
