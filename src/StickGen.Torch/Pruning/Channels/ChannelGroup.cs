using TorchSharp.Modules;

namespace StickGen.Pruning;

/// <summary>
/// Channels that are in the same places of a model: each is removed everywhere or nowhere, and without regard to the others of the group.
/// </summary>
public sealed class ChannelGroup
{
    internal ChannelGroup(string name, IReadOnlyList<GroupAxis> axes, int width, string? frozenBecause) =>
        (Name, Axes, Width, FrozenBecause) = (name, axes, width, frozenBecause);

    /// <summary>A name, unique in the model: the path of the first module that has the channels.</summary>
    public string Name { get; }

    /// <summary>Where the channels are.</summary>
    public IReadOnlyList<GroupAxis> Axes { get; }

    /// <summary>The number of channels, each of which may be several of a module's (a head has many features).</summary>
    public int Width { get; }

    /// <summary>Why none of them can be removed, or <see langword="null"/>.</summary>
    public string? FrozenBecause { get; }

    /// <summary>Whether an addition joins what different layers compute, as in the stream of a residual network, which each block reads and adds to.</summary>
    public bool IsResidual { get; internal init; }

    /// <summary>Whether none of them can be removed.</summary>
    public bool IsFrozen => FrozenBecause is not null;

    /// <summary>Whether the channels are heads of attention: each is several of the features that linear layers compute, and of those that one reads.</summary>
    public bool AreHeads =>
        Axes.Any(a => a.Axis.Role == ChannelRole.Output) && Axes.Any(a => a.Axis.Role == ChannelRole.Input)
        && Axes.All(a => a.Axis.Owner is PrunableState || (a.Axis.Module is Linear && a.PerChannel > 1));

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Name}: {Width} × ({string.Join(", ", Axes.Select(a => a.PerChannel == 1 ? a.Axis.Name : $"{a.PerChannel} of {a.Axis.Name}"))})"
        + (IsFrozen ? $"; frozen: {FrozenBecause}" : "");
}

/// <summary>Where a module has the channels of a group.</summary>
/// <param name="Axis">The axis of the module.</param>
/// <param name="Indices">The indices on the axis of each channel of the group, ascending.</param>
public sealed record GroupAxis(ChannelAxis Axis, IReadOnlyList<int[]> Indices)
{
    /// <summary>How many indices a channel of the group has on the axis.</summary>
    public int PerChannel => Indices[0].Length;
}
