using StickGen.Graphs;

namespace StickGen.Pruning;

/// <summary>
/// The sizes that are written in the reshapes of a class, or come from its fields (the heads of attention in a <c>view</c>). They are
/// state of the pruned variant, because they have to follow when channels are removed.
/// </summary>
public sealed class PrunedSizes
{
    private readonly string path;
    private readonly IReadOnlyDictionary<SizeKey, long> changed;

    internal PrunedSizes(string path, IReadOnlyDictionary<SizeKey, long> changed) => (this.path, this.changed) = (path, changed);

    /// <summary>Those of a model from which nothing was removed.</summary>
    public static PrunedSizes None { get; } = new("", new Dictionary<SizeKey, long>());

    /// <summary>A size in <c>forward</c>.</summary>
    /// <param name="node">The number of the reshape.</param>
    /// <param name="argument">Which of its sizes.</param>
    /// <param name="size">What it is in the original.</param>
    public long Of(int node, int argument, long size) => changed.TryGetValue(new(path, node, argument), out var now) ? now : size;

    /// <summary>A size in the replay.</summary>
    /// <inheritdoc cref="Of(int, int, long)"/>
    public Dimension Of(int node, int argument, Dimension size) => changed.TryGetValue(new(path, node, argument), out var now) ? now : size;
}

/// <summary>Where a size is.</summary>
/// <param name="Path">The path of the module.</param>
/// <param name="Node">The number of the reshape in its class.</param>
/// <param name="Argument">Which of its sizes.</param>
internal readonly record struct SizeKey(string Path, int Node, int Argument);
