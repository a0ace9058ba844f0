using StickGen.Graphs;
using StickGen.Kinds;
using StickGen.Operations;
using StickGen.Rules;
using StickGen.Units;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// Makes the unit of one site: the one of a rule that holds, the default one of a single node, or a sequence of such.
/// </summary>
internal sealed class SiteAssembler(VariantAssembly assembly, TracedSite site)
{
    private readonly List<SequenceUnit.Step> steps = [];
    private readonly Dictionary<GraphValue, int> positions = [];

    public Unit Assemble()
    {
        var parts = Parts();
        if (parts.Count == 1 && parts[0] is { Scope: null } only && (site.Arguments is null || site.Arguments.SequenceEqual(only.Inputs)))
            return MakeUnit(site.FullName, only) ?? Sequence(parts);
        return Sequence(parts);
    }

    private Unit Sequence(List<Part> parts)
    {
        var arguments = site.Arguments ?? ExternalInputs(parts);
        for (var i = 0; i < arguments.Count; i++)
            positions.TryAdd(arguments[i], i);
        foreach (var part in parts)
        {
            var run = part.Scope is { } scope ? Call(scope) : Run(part, parts.Count == 1 ? site.FullName : null);
            var inputs = part.Inputs.Select(i => positions[i]).ToArray();
            positions.Add(part.Output, arguments.Count + steps.Count);
            steps.Add(new(run, inputs));
        }

        // A module that hands its input on, as Identity does, is no step.
        return new SequenceUnit(assembly.CreateSite(site.FullName, []), steps, steps.Count == 0 ? 1 : arguments.Count);
    }

    /// <summary>The site's items with the nodes of each match as one, where the last of them is.</summary>
    private List<Part> Parts()
    {
        var parts = new List<Part>();
        foreach (var item in site.Items)
        {
            if (item is TracedScope scope)
                parts.Add(new([], scope, null, scope.Inputs, scope.Output));
            else if (item is TracedNode node)
            {
                if (assembly.MatchAt(node) is not { } match)
                    parts.Add(new([node], null, null, Distinct(node.Inputs), node.Output));
                else if (match.Nodes[^1] == node)
                    parts.Add(new(match.Nodes, null, match, ExternalInputs(match.Nodes), node.Output));
            }
        }

        return parts;
    }

    private Func<Tensor[], Tensor> Run(Part part, string? only)
    {
        var first = part.Nodes[0];
        if (part.Match is null && NodeKinds.OnlyMoves(first.Kind))
        {
            var module = first.Module is { } original
                ? (nn.IModule<Tensor, Tensor>)assembly.CopyOf(original)
                : throw new CompressionException($"'{first.Name}' only moves values and has to be kept verbatim.");
            return inputs => module.call(inputs[0]);
        }

        var name = only ?? (part.Nodes.Count == 1
            ? first.Name
            : first.Name + string.Concat(part.Nodes.Skip(1).Select(n => "_" + n.Name[(n.Name.LastIndexOf('.') + 1)..])));
        var unit = MakeUnit(name, part)!;
        return inputs => unit.forward(inputs);
    }

    private Func<Tensor[], Tensor> Call(TracedScope scope)
    {
        var variant = (nn.IModule<Tensor, Tensor>)assembly.CopyOf((nn.Module)scope.Model);
        return inputs => variant.call(inputs[0]);
    }

    /// <summary>The unit of a part, or <see langword="null"/> for one that only moves values.</summary>
    private Unit? MakeUnit(string name, Part part)
    {
        if (part.Match is null && NodeKinds.OnlyMoves(part.Nodes[0].Kind))
            return null;
        var place = assembly.CreateSite(name, part.Nodes);
        var unit = part.Match is { } match ? Replace(place, match) : Default(place, part.Nodes[0]);
        assembly.Bind(unit, part.Nodes, part.Inputs);
        return unit;
    }

    private Unit Replace(Site place, AppliedMatch match)
    {
        var unit = match.Rule.Replace(place, match.Modules.Map(assembly.CopyOf))
            ?? throw new CompressionException($"The rule {match.Rule.Name} returned no unit for '{place.Name}'.");
        if (unit.Site != place)
            throw new CompressionException($"The rule {match.Rule.Name} returned a unit for '{unit.Name}' instead of '{place.Name}'.");
        unit.Rule = match.Rule.ShortName;
        return unit;
    }

    private Unit Default(Site place, TracedNode node)
    {
        var module = node.Module is null ? null : assembly.CopyOf(node.Module);
        return node.Kind switch
        {
            NodeKinds.Conv2d => new ConvUnit(place, (TorchSharp.Modules.Conv2d)module!),
            NodeKinds.Linear => new LinearUnit(place, (TorchSharp.Modules.Linear)module!),
            NodeKinds.BatchNorm2d => new BatchNormUnit(place, (BatchNorm2d)module!),
            NodeKinds.Relu => new ActivationUnit(place, Activation.Relu),
            NodeKinds.Relu6 => new ActivationUnit(place, Activation.Relu6),
            NodeKinds.Add when node.Node.Operation is Add => new AddUnit(place),
            NodeKinds.Add => new FunctionUnit(place),
            NodeKinds.Concat => new ConcatUnit(place),
            NodeKinds.AvgPool2d or NodeKinds.AdaptiveAvgPool2d => new MeanPoolUnit(place),
            _ when module is not null => new OpaqueUnit(place, module),
            // Alone in its line, the code that the user wrote computes it there.
            _ when site.Items.Count == 1 => new ValueUnit(place),
            _ when NodeKinds.Get(node.Kind).IsEvaluated => new FunctionUnit(place),
            _ => throw new CompressionException($"There is no unit for '{place.Name}' ({node.Kind})."),
        };
    }

    private static List<GraphValue> ExternalInputs(IReadOnlyList<TracedItem> items)
    {
        var inside = items.Select(i => i.Output).ToHashSet();
        return Distinct(items.SelectMany(i => i.Inputs).Where(v => !inside.Contains(v)));
    }

    private static List<GraphValue> ExternalInputs(List<Part> parts)
    {
        var inside = parts.Select(p => p.Output).ToHashSet();
        return Distinct(parts.SelectMany(p => p.Inputs).Where(v => !inside.Contains(v)));
    }

    private static List<GraphValue> Distinct(IEnumerable<GraphValue> values) => [.. values.Distinct()];

    /// <summary>A unit, a module that only moves values, or the call of a variant.</summary>
    private sealed record Part(
        IReadOnlyList<TracedNode> Nodes, TracedScope? Scope, AppliedMatch? Match, IReadOnlyList<GraphValue> Inputs, GraphValue Output);
}
