using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;
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
    private readonly Dictionary<IntPtr, PrunableState> prunableStates = [];
    private Dictionary<string, Tensor>? states;

    public ChannelSets Sets { get; } = new();

    /// <summary>The modules that have channels, in the order of their first calls.</summary>
    public IReadOnlyList<PrunableModule> Modules => ordered;

    /// <summary>Follows the channels of one trace, and returns where each value has them. Traces of one model share modules.</summary>
    public IReadOnlyDictionary<GraphValue, ChannelLayout> Follow(TracedModel traced)
    {
        states ??= StatesOf((nn.Module)(object)traced.Root.Model);
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

        return layouts;
    }

    private ChannelLayout Through(FlowStep step)
    {
        if (step.Node.Node.Operation is State)
            return State(step);
        if (step.Node.Module is not { } module)
            return (Flows.Of(step.Node.Node.Operation) ?? Flows.Unknown)(step);
        if (PrunableOf(step.Node.Name, module) is { } prunable)
            return step.Inputs.Length == 1 ? prunable.Flow(step) : FreezeModule(step, prunable);
        return (PrunableModules.FlowOf(module) ?? Flows.Of(step.Node.Node.Operation) ?? Flows.Unknown)(step);
    }

    /// <summary>A parameter or buffer that is an operand. One that is not registered, or is the weight of a layer too, has no channels.</summary>
    private ChannelLayout State(FlowStep step)
    {
        var key = step.Node.Node.Inputs[0].Name;
        if (!states!.TryGetValue(key, out var value))
            return ChannelLayout.None($"'{key}' is not registered");
        if (!prunableStates.TryGetValue(value.Handle, out var state))
        {
            state = new(key, value, (nn.Module)(object)step.Node.Scope.Model);
            prunableStates.Add(value.Handle, state);
            ordered.Add(state);
            foreach (var axis in state.Axes)
                axis.Ids = Sets.Add(axis.Size);
            if (!owners.TryAdd(value.Handle, state))
                FreezeShared(owners[value.Handle], state, key);
        }

        return state.Flow(step);
    }

    private static Dictionary<string, Tensor> StatesOf(nn.Module root)
    {
        var result = root.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter, StringComparer.Ordinal);
        foreach (var (name, buffer) in root.named_buffers())
            result.TryAdd(name, buffer);
        return result;
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
        {
            axis.Ids = Sets.Add(axis.Size);
            if (axis.Role == ChannelRole.Output)
                Sets.MarkComputed(axis.Ids);
        }

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
