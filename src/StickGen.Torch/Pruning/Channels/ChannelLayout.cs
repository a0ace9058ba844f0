namespace StickGen.Pruning;

/// <summary>
/// Where the channels of a value are. A dimension that is in no block has no channels: its size is fixed.
/// </summary>
/// <param name="Blocks">The blocks; no dimension is in two.</param>
/// <param name="Fixed">Why the other dimensions are fixed, for messages.</param>
internal sealed record ChannelLayout(IReadOnlyList<ChannelBlock> Blocks, string Fixed)
{
    /// <summary>Of a value whose dimensions are no channels.</summary>
    public const string NoChannels = "it meets a dimension that has no channels";

    /// <summary>No channels at all.</summary>
    public static ChannelLayout None(string reason) => new([], reason);

    /// <summary>Channels along one dimension.</summary>
    public static ChannelLayout Along(int dim, int[] ids) => new([ChannelBlock.Of(dim, ids)], NoChannels);

    /// <summary>The block that has a dimension, or <see langword="null"/>.</summary>
    public ChannelBlock? BlockOf(int dim) => Blocks.FirstOrDefault(b => b.Dims.Contains(dim));

    /// <summary>The layout with its dimensions renamed.</summary>
    public ChannelLayout Rename(Func<int, int> name) => this with { Blocks = [.. Blocks.Select(b => b.Rename(name))] };

    /// <summary>The layout without some blocks.</summary>
    public ChannelLayout Without(Func<ChannelBlock, bool> which) => this with { Blocks = [.. Blocks.Where(b => !which(b))] };

    /// <summary>The layout with another block.</summary>
    public ChannelLayout With(ChannelBlock block) => this with { Blocks = [.. Blocks, block] };
}
