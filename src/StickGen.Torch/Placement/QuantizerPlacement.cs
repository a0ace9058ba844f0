using StickGen.Graphs;
using StickGen.Quantization;
using StickGen.Units;

namespace StickGen.Compression;

/// <summary>
/// Decides which values get a quantizer, and which share one. What each kind of unit asks for is data
/// (<see cref="UnitPlacement"/>); algorithms supply quantizers and are not asked where.
/// </summary>
/// <remarks>
/// A value that was only moved is its source: the output of the unit, or the input of the model, that computed it. Sources
/// are grouped by what has to be of one scale, and each group that is quantized gets one quantizer:
/// the output of every quantized unit is, the output of a float unit or an input only if a quantized unit reads it. Sums may be given a scheme of their own;
/// then each layer that reads such a value rounds it to the scheme of the rest, by a quantizer that is this layer's alone.
/// </remarks>
internal sealed class QuantizerPlacement
{
    private readonly UnitGraph graph;
    private readonly Dictionary<GraphValue, GraphValue> sources = [];
    private readonly Dictionary<GraphValue, Unit> producers = [];
    private readonly DisjointSets<GraphValue> groups = new();
    private readonly HashSet<GraphValue> quantized = [];
    // Those that sums read, and all that are of one scale with them.
    private readonly HashSet<GraphValue> summands = [];
    private readonly Dictionary<(Unit Reader, GraphValue Value), Slot> rounded = [];

    private QuantizerPlacement(UnitGraph graph) => this.graph = graph;

    public static void Place(UnitGraph graph, CompressionAlgorithm algorithm, FakeQuantization state)
    {
        var placement = new QuantizerPlacement(graph);
        placement.FindGroups();
        placement.Bind(algorithm, state);
    }

    private void FindGroups()
    {
        foreach (var step in graph.Steps)
        {
            if (step.Unit is not { } unit)
            {
                sources.Add(step.Output, sources[step.Inputs[0]]);
                continue;
            }

            sources.Add(step.Output, step.Output);
            producers.Add(step.Output, unit);
            unit.Output.IsNonNegative = unit.IsNonNegative(step.Inputs.All(i => producers[sources[i]].Output.IsNonNegative));
            if (unit.Placement == UnitPlacement.Float)
                continue;

            quantized.Add(step.Output);
            quantized.UnionWith(step.Inputs.Select(i => sources[i]));
            if (unit.Placement == UnitPlacement.OneInputScale)
                summands.UnionWith(step.Inputs.Select(i => sources[i]));
            if (unit.Placement is UnitPlacement.OneInputScale or UnitPlacement.OneScale)
            {
                foreach (var input in step.Inputs)
                    groups.Union(sources[step.Inputs[0]], sources[input]);
            }

            if (unit.Placement == UnitPlacement.OneScale)
                groups.Union(sources[step.Inputs[0]], step.Output);
        }
    }

    private void Bind(CompressionAlgorithm algorithm, FakeQuantization state)
    {
        var order = graph.Steps.Where(s => s.Unit is not null && quantized.Contains(s.Output)).Select(s => s.Output).ToList();
        foreach (var group in order.GroupBy(groups.Find))
        {
            var members = group.Select(v => producers[v]).ToList();
            var isSum = group.Any(summands.Contains);
            if (CreateQuantizer(algorithm, members, isSum ? algorithm.SumScheme : algorithm.ActivationScheme) is not { } quantizer)
                continue;
            if (isSum)
                summands.UnionWith(group);
            // A value that only selects from others of its group is not asked to hold the quantizer's name.
            var holder = members.Find(u => u.Placement != UnitPlacement.OneScale) ?? members[0];
            quantizer.Target = holder.Name;
            state.Register(holder.Name, "output", quantizer);
            foreach (var unit in members)
            {
                unit.Output.Quantizer = quantizer;
                unit.Output.IsRedundant = unit.Placement == UnitPlacement.OneScale;
                if (unit.Placement == UnitPlacement.Float)
                    unit.Output.Name = $"{unit.Name}.quantized";
            }

            quantizer.CallsPerForward = members.Count(u => !u.Output.IsRedundant);
        }

        CheckInputs();
        RoundForReaders(algorithm, state);
        foreach (var step in graph.Steps)
        {
            if (step.Unit is { } unit)
                unit.Bind([.. step.Inputs.Select(i => rounded.GetValueOrDefault((unit, sources[i]), producers[sources[i]].Output))]);
        }
    }

    /// <summary>Gives each layer that reads a value of a sum's scale a quantizer for what it reads, where the algorithm has sums in more bits.</summary>
    private void RoundForReaders(CompressionAlgorithm algorithm, FakeQuantization state)
    {
        foreach (var step in graph.Steps)
        {
            if (step is not { Unit: WeightedUnit { WeightQuantizer: not null, IsQuantized: true } reader, Inputs: [var input] } || !summands.Contains(sources[input]))
                continue;
            var producer = producers[sources[input]];
            if (algorithm.ActivationScheme(producer) == algorithm.SumScheme(producer)
                || CreateQuantizer(algorithm, [producer], algorithm.ActivationScheme) is not { } quantizer)
                continue;
            // A value that is known in fewer steps gains nothing from more.
            if (quantizer.Scheme.Bits >= producer.Output.Quantizer!.Scheme.Bits)
            {
                quantizer.Dispose();
                continue;
            }

            quantizer.Target = $"{reader.Name}.input";
            state.Register(reader.Name, "input", quantizer);
            rounded.Add((reader, sources[input]), new($"{reader.Name}.input") { Quantizer = quantizer, Source = producer.Output });
        }
    }

    /// <summary>A unit with a quantized result reads quantized values.</summary>
    private void CheckInputs()
    {
        foreach (var step in graph.Steps)
        {
            if (step.Unit is not { IsQuantized: true } unit)
                continue;
            foreach (var input in step.Inputs.Select(i => producers[sources[i]]))
            {
                if (input.Output.Quantizer is null)
                    throw new CompressionException(
                        $"'{unit.Name}' is quantized and reads '{input.Name}', to which the algorithm gives no quantizer. An algorithm gives one to every "
                        + "activation or to none; [KeepFloat] keeps a layer in float.");
            }
        }
    }

    private static FakeQuantizer? CreateQuantizer(CompressionAlgorithm algorithm, List<Unit> members, Converter<Unit, QuantizationScheme?> schemeOf)
    {
        var schemes = members.ConvertAll(schemeOf);
        for (var i = 1; i < schemes.Count; i++)
        {
            if (schemes[i] != schemes[0])
                throw new CompressionException(
                    $"'{members[0].Name}' is to be quantized as {Text(schemes[0])} and '{members[i].Name}' as {Text(schemes[i])}, but an addition or a "
                    + "concatenation needs both at one scale. Give them the same scheme.");
        }

        if (schemes[0] is { PerChannel: true } or { Signed: true })
            throw new CompressionException($"'{members[0].Name}' is to be quantized as {schemes[0]}; activations are unsigned with one scale.");
        return schemes[0] is { } scheme ? algorithm.CreateActivationQuantizer(members, scheme) : null;

        static string Text(QuantizationScheme? scheme) => scheme?.ToString() ?? "float";
    }
}
