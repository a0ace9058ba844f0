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
        {
            return MakeUnits(site.FullName, only) switch
            {
                null => Sequence(parts),
                [var (unit, _)] => unit,
                var several => Sequence(parts, several),
            };
        }

        return Sequence(parts);
    }

    private Unit Sequence(List<Part> parts, List<(Unit Unit, Part Part)>? made = null)
    {
        var arguments = site.Arguments ?? ExternalInputs(parts);
        for (var i = 0; i < arguments.Count; i++)
            positions.TryAdd(arguments[i], i);
        foreach (var part in parts)
        {
            if (part.Scope is { } scope)
                AddStep(part, arguments.Count, Call(scope));
            else if ((made ?? MakeUnits(parts.Count == 1 ? site.FullName : NameOf(part.Nodes), part)) is { } units)
                units.ForEach(u => AddStep(u.Part, arguments.Count, inputs => u.Unit.forward(inputs)));
            else
                AddStep(part, arguments.Count, Move(part.Nodes[0]));
        }

        // A module that hands its input on, as Identity does, is no step.
        return new SequenceUnit(assembly.CreateSite(site.FullName, []), steps, steps.Count == 0 ? 1 : arguments.Count);
    }

    private void AddStep(Part part, int arguments, Func<Tensor[], Tensor> run)
    {
        var inputs = part.Inputs.Select(i => positions[i]).ToArray();
        positions.Add(part.Output, arguments + steps.Count);
        steps.Add(new(run, inputs));
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

    private Func<Tensor[], Tensor> Move(TracedNode node)
    {
        var module = node.Module is { } original
            ? (nn.IModule<Tensor, Tensor>)assembly.CopyOf(original)
            : throw new CompressionException($"'{node.Name}' only moves values and has to be kept verbatim.");
        return inputs => module.call(inputs[0]);
    }

    /// <summary>What the unit of some nodes of a site is called: the name of the first and the last parts of the others'.</summary>
    private static string NameOf(IReadOnlyList<TracedNode> nodes) =>
        nodes[0].Name + string.Concat(nodes.Skip(1).Select(n => "_" + n.Name[(n.Name.LastIndexOf('.') + 1)..]));

    private Func<Tensor[], Tensor> Call(TracedScope scope)
    {
        var variant = (nn.IModule<Tensor, Tensor>)assembly.CopyOf((nn.Module)scope.Model);
        return inputs => variant.call(inputs[0]);
    }

    /// <summary>The units of a part, or <see langword="null"/> for one that only moves values.</summary>
    private List<(Unit Unit, Part Part)>? MakeUnits(string name, Part part)
    {
        if (part.Match is null && NodeKinds.OnlyMoves(part.Nodes[0].Kind))
            return null;
        var units = part.Match is { } match ? Replace(name, match) : [(Default(assembly.CreateSite(name, part.Nodes), part.Nodes[0]), part)];
        foreach (var (unit, covered) in units)
            assembly.Bind(unit, covered.Nodes, covered.Inputs);
        return units;
    }

    private List<(Unit Unit, Part Part)> Replace(string name, AppliedMatch match)
    {
        var places = new Dictionary<Site, IReadOnlyList<TracedNode>>();
        Site Place(string placeName, IReadOnlyList<TracedNode> nodes)
        {
            var place = assembly.CreateSite(placeName, nodes, range => Place(NameOf([.. nodes.Take(range)]), [.. nodes.Take(range)]), (part, node) => Default(part, nodes[node]));
            places.Add(place, nodes);
            return place;
        }

        var whole = Place(name, match.Nodes);
        var made = match.Rule.Replace(whole, match.Names.Map(assembly.CopyOf));
        if (made is null || made.Length == 0 || made.Contains(null!))
            throw new CompressionException($"The rule {match.Rule.Name} returned no unit for '{whole.Name}'.");
        var units = new List<(Unit Unit, Part Part)>();
        foreach (var unit in made)
        {
            if (!places.TryGetValue(unit.Site, out var nodes))
                throw new CompressionException($"The rule {match.Rule.Name} returned a unit for '{unit.Name}' instead of '{whole.Name}'.");
            unit.Rule = match.Rule.ShortName;
            units.Add((unit, new(nodes, null, null, ExternalInputs(nodes), nodes[^1].Output)));
        }

        return units.SelectMany(u => u.Part.Nodes).SequenceEqual(match.Nodes)
            ? units
            : throw new CompressionException($"The units that the rule {match.Rule.Name} returned for '{whole.Name}' do not cover its nodes, each once and in order.");
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
            _ when NodeKinds.Get(node.Kind).IsEvaluated || node.Node.Operation is Arithmetic => new FunctionUnit(place),
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
