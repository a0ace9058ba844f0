using System.Text;
using StickGen.Compression;
using StickGen.Graphs;

namespace StickGen.Pruning;

/// <summary>
/// The coupled channels of a model, found on its live instance (the "dependency graph" of Fang et al. 2023): which channels of which
/// layers have to be removed together, and which cannot be removed, with the reason.
/// </summary>
public sealed class ChannelGroups
{
    private readonly IReadOnlyDictionary<GraphValue, ChannelLayout> layouts;

    private ChannelGroups(ChannelFlow flow, TracedModel traced, IReadOnlyDictionary<GraphValue, ChannelLayout> layouts)
    {
        (Model, Traced, this.layouts) = (traced.Graph.Name, traced, layouts);
        (All, Modules, Sets) = (GroupFinder.Find(flow), flow.Modules, flow.Sets);
    }

    /// <summary>The name of the model's class.</summary>
    public string Model { get; }

    /// <summary>All groups, in the order in which the model first computes them; frozen ones too.</summary>
    public IReadOnlyList<ChannelGroup> All { get; }

    /// <summary>The groups of which channels can be removed.</summary>
    public IEnumerable<ChannelGroup> Prunable => All.Where(g => !g.IsFrozen);

    /// <summary>The groups that stay as they are.</summary>
    public IEnumerable<ChannelGroup> Frozen => All.Where(g => g.IsFrozen);

    internal IReadOnlyList<PrunableModule> Modules { get; }

    internal TracedModel Traced { get; }

    internal ChannelSets Sets { get; }

    /// <summary>Finds the groups of a model.</summary>
    /// <param name="model">The live model; it is only read.</param>
    /// <param name="inputs">Shapes that replace the declared ones. Without shapes, what is flattened or added is frozen.</param>
    /// <exception cref="CompressionException">Shapes do not fit; the message names the statement.</exception>
    public static ChannelGroups Of(ICompressible model, params ReadOnlySpan<Shape> inputs)
    {
        var traced = Tracer.Run(model, inputs);
        var flow = new ChannelFlow();
        var layouts = flow.Follow(traced);
        if (TraceTraining(model, inputs) is { } training)
            flow.Follow(training);
        KeptByAttribute.Freeze(flow, traced);
        return new(flow, traced, layouts);
    }

    /// <summary>Where the result of a node has channels.</summary>
    internal ChannelLayout? LayoutOf(TracedNode node) => LayoutOf(node.Output);

    /// <summary>Where a value has channels.</summary>
    internal ChannelLayout? LayoutOf(GraphValue value) => layouts.GetValueOrDefault(value);

    /// <summary>The group with a name.</summary>
    /// <exception cref="CompressionException">There is none; the message lists the names.</exception>
    public ChannelGroup this[string name] => All.FirstOrDefault(g => g.Name == name)
        ?? throw new CompressionException($"{Model} has no group '{name}'. Its groups: {string.Join(", ", All.Select(g => g.Name))}.");

    /// <summary>The groups, one a line, with the places of their channels and the reasons of the frozen ones.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Model).AppendLine();
        foreach (var group in All)
            text.Append("  ").Append(group).AppendLine();
        return text.ToString();
    }

    /// <summary>What only training computes may read channels too.</summary>
    private static TracedModel? TraceTraining(ICompressible model, ReadOnlySpan<Shape> inputs)
    {
        try
        {
            return Tracer.RunTraining(model, inputs);
        }
        catch (CompressionException)
        {
            // It cannot be trained, so training reads nothing.
            return null;
        }
    }
}
