using StickGen.Compression;
using StickGen.Graphs;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// Follows channels through a traced model. Each dimension of a value is a list of channels, and each layer has lists of its own; an
/// operation ties the channels that have to be removed together. Coupling across residual additions, concatenations, splits, groups and
/// flattened features all falls out of that.
/// </summary>
internal sealed class ChannelFlow
{
    private readonly Dictionary<nn.Module, PrunableModule> modules = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<IntPtr, PrunableModule> owners = [];
    private readonly List<PrunableModule> ordered = [];

    public ChannelSets Sets { get; } = new();

    /// <summary>The modules that have channels, in the order of their first calls.</summary>
    public IReadOnlyList<PrunableModule> Modules => ordered;

    /// <summary>Follows the channels of one trace. Traces of one model share modules.</summary>
    public void Follow(TracedModel traced)
    {
        var layouts = new Dictionary<GraphValue, ChannelLayout>();
        foreach (var input in traced.Graph.Inputs)
            layouts.Add(input, ChannelLayout.None($"'{input.Name}' is an input of the model"));
        foreach (var node in traced.Nodes)
        {
            var step = new FlowStep(Sets, node, [.. node.Inputs.Select(i => layouts.GetValueOrDefault(i) ?? ChannelLayout.None($"'{i.Name}' is no result of a layer"))]);
            layouts[node.Output] = Through(step);
        }

        foreach (var output in traced.Graph.Outputs)
        {
            foreach (var block in (layouts.GetValueOrDefault(output)?.Blocks ?? []))
                Sets.Freeze(block.Ids, $"'{output.Name}' is a result of the model");
        }
    }

    private ChannelLayout Through(FlowStep step)
    {
        if (step.Node.Module is not { } module)
            return (Flows.Of(step.Node.Node.Operation) ?? Flows.Unknown)(step);
        if (PrunableOf(step.Node.Name, module) is { } prunable)
            return step.Inputs.Length == 1 ? prunable.Flow(step) : FreezeModule(step, prunable);
        return (PrunableModules.FlowOf(module) ?? Flows.Of(step.Node.Node.Operation) ?? Flows.Unknown)(step);
    }

    private ChannelLayout FreezeModule(FlowStep step, PrunableModule prunable)
    {
        foreach (var axis in prunable.Axes)
            Sets.Freeze(axis.Ids, $"'{step.Name}' is given {step.Inputs.Length} values");
        return Flows.Unknown(step);
    }

    private PrunableModule? PrunableOf(string path, nn.Module module)
    {
        if (modules.TryGetValue(module, out var known))
            return known;
        if (PrunableModules.Of(path, module) is not { } prunable)
            return null;
        modules.Add(module, prunable);
        ordered.Add(prunable);
        foreach (var axis in prunable.Axes)
            axis.Ids = Sets.Add(axis.Size);
        foreach (var (name, parameter) in module.named_parameters(recurse: false))
        {
            if (!owners.TryAdd(parameter.Handle, prunable))
                FreezeShared(owners[parameter.Handle], prunable, name);
        }

        return prunable;
    }

    private void FreezeShared(PrunableModule first, PrunableModule second, string parameter)
    {
        foreach (var axis in first.Axes.Concat(second.Axes))
            Sets.Freeze(axis.Ids, $"'{first.Path}' and '{second.Path}' share the parameter '{parameter}'");
    }
}
