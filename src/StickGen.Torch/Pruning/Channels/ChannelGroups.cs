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
    private ChannelGroups(string model, IReadOnlyList<ChannelGroup> groups, IReadOnlyList<PrunableModule> modules, TracedModel traced) =>
        (Model, All, Modules, Traced) = (model, groups, modules, traced);

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

    /// <summary>Finds the groups of a model.</summary>
    /// <param name="model">The live model; it is only read.</param>
    /// <param name="inputs">Shapes that replace the declared ones. Without shapes, what is flattened or added is frozen.</param>
    /// <exception cref="CompressionException">Shapes do not fit; the message names the statement.</exception>
    public static ChannelGroups Of(ICompressible model, params ReadOnlySpan<Shape> inputs)
    {
        var traced = Tracer.Run(model, inputs);
        var flow = new ChannelFlow();
        flow.Follow(traced);
        if (TraceTraining(model, inputs) is { } training)
            flow.Follow(training);
        KeptByAttribute.Freeze(flow, traced);
        return new(model.ModelName, GroupFinder.Find(flow), flow.Modules, traced);
    }

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
