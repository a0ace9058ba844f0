using StickGen.Compression;

namespace StickGen.Pruning;

/// <summary>What is compared when channels are removed.</summary>
public enum PruningScope
{
    /// <summary>The channels of each group: all lose the same share.</summary>
    PerGroup,

    /// <summary>The channels of all groups: the least important of the whole model go first.</summary>
    Global,
}

/// <summary>What a ratio is a share of.</summary>
public enum PruningMeasure
{
    /// <summary>The channels that can be removed.</summary>
    Channels,

    /// <summary>All parameters of the model.</summary>
    Parameters,

    /// <summary>The multiply-accumulates of one sample.</summary>
    Multiplications,
}

/// <summary>How much is removed, and what stays in any case.</summary>
public sealed record SelectionOptions
{
    /// <summary>
    /// The share to remove, from 0 to less than 1. If each group loses a share of its channels, it loses at most that much; in all other
    /// cases at least that much is removed, and as little more as rounding allows.
    /// </summary>
    public double Ratio { get; init; } = 0.5;

    /// <summary>What <see cref="Ratio"/> is a share of.</summary>
    public PruningMeasure Measure { get; init; } = PruningMeasure.Channels;

    /// <summary>Whether groups are compared.</summary>
    public PruningScope Scope { get; init; } = PruningScope.PerGroup;

    /// <summary>
    /// Widths of pruned layers are multiples of it, for hardware that computes so many channels at once. A layer whose width is no
    /// multiple loses at least the rest, or stays whole.
    /// </summary>
    public int RoundTo { get; init; } = 1;

    /// <summary>The channels that a group keeps at least; one that has no more stays whole.</summary>
    public int MinimumWidth { get; init; } = 1;

    /// <summary>The share of a group's channels that is removed at most, from 0 to 1.</summary>
    public double MaximumGroupRatio { get; init; } = 1;

    /// <summary>The share of the channels that single groups lose, by the name of the group, in place of <see cref="Ratio"/>.</summary>
    public IReadOnlyDictionary<string, double> GroupRatios { get; init; } = new Dictionary<string, double>();

    /// <summary>
    /// Whether channels stay that additions join (<see cref="ChannelGroup.IsResidual"/>), such as the stream of a residual network: only the inside of its blocks
    /// becomes narrower, which costs much less accuracy than to make the stream itself narrower.
    /// </summary>
    public bool KeepResidualStreams { get; init; }

    /// <summary>Paths of modules whose channels stay.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>The options as JSON.</summary>
    public string ToJson() => AlgorithmOptions.Write(this);

    /// <summary>Reads options.</summary>
    /// <exception cref="System.Text.Json.JsonException">The text is not JSON, or has members that are no options.</exception>
    /// <exception cref="CompressionException">A value is not allowed.</exception>
    public static SelectionOptions FromJson(string json)
    {
        var options = AlgorithmOptions.Read<SelectionOptions>(json);
        options.Validate();
        return options;
    }

    internal void Validate()
    {
        RequireRatio(nameof(Ratio), Ratio);
        AlgorithmOptions.RequireDefined(nameof(Measure), Measure);
        AlgorithmOptions.RequireDefined(nameof(Scope), Scope);
        AlgorithmOptions.Require(RoundTo >= 1, nameof(RoundTo), RoundTo, "at least 1");
        AlgorithmOptions.Require(MinimumWidth >= 1, nameof(MinimumWidth), MinimumWidth, "at least 1");
        AlgorithmOptions.Require(MaximumGroupRatio is >= 0 and <= 1, nameof(MaximumGroupRatio), MaximumGroupRatio, "0 to 1");
        AlgorithmOptions.Require(GroupRatios is not null, nameof(GroupRatios), "null", "a dictionary");
        AlgorithmOptions.Require(Exclude is not null, nameof(Exclude), "null", "a list");
        foreach (var (group, ratio) in GroupRatios!)
            RequireRatio($"{nameof(GroupRatios)}[\"{group}\"]", ratio);
    }

    private static void RequireRatio(string option, double ratio) =>
        AlgorithmOptions.Require(ratio is >= 0 and < 1, option, ratio, "from 0 to less than 1 (of 1, nothing would be left)");
}
