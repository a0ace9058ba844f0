using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Units;

namespace StickGen.PostTraining;

/// <summary>Two layers between which channels can be scaled: between them is nothing but what scales as its input does, and nobody else reads it.</summary>
/// <param name="First">Computes the channels.</param>
/// <param name="Second">Reads them.</param>
/// <param name="Spread">How many neighbouring inputs of the second are one channel: more than one behind a flatten.</param>
/// <param name="Relu6">The units whose ReLU6 would have to become a ReLU first.</param>
internal sealed record EqualizationSite(CalibratedLayer First, CalibratedLayer Second, int Spread, IReadOnlyList<Unit> Relu6);

/// <summary>Finds the places for cross-layer equalization in the graph, and for each layer that is first at none, the reason.</summary>
internal sealed class EqualizationSites
{
    private readonly CalibratedLayers layers;
    private readonly HashSet<GraphValue> results;
    private readonly ILookup<GraphValue, UnitStep> readers;

    private EqualizationSites(FakeQuantization state, CalibratedLayers layers)
    {
        this.layers = layers;
        results = [.. state.Traced.Root.Outputs];
        readers = state.UnitGraph!.Steps.SelectMany(s => s.Inputs.Distinct().Select(i => (i, s))).ToLookup(p => p.i, p => p.s);
        foreach (var layer in layers.All)
        {
            var refusal = layers.Shared.FirstOrDefault(s => s.Name == layer.Name).Reason;
            if (refusal is null && !layer.CanScaleOutputs)
                refusal = "its batch normalization has no weight and bias";
            if (refusal is null)
                refusal = Follow(layer, state.UnitGraph.Steps.First(s => s.Unit == layer.Unit).Output);
            if (refusal is not null)
                Refusals.Add((layer.Name, refusal));
        }
    }

    public List<EqualizationSite> Sites { get; } = [];

    public List<(string Name, string Reason)> Refusals { get; } = [];

    public static EqualizationSites Find(FakeQuantization state, CalibratedLayers layers) => new(state, layers);

    /// <summary>Goes from a layer to the one that reads it.</summary>
    /// <returns>Why there is none.</returns>
    private string? Follow(CalibratedLayer first, GraphValue value)
    {
        var (spread, relu6) = (1, new List<Unit>());
        if (first.Unit.Activation == Activation.Relu6)
            relu6.Add(first.Unit);
        while (true)
        {
            if (results.Contains(value))
                return "what it computes is a result of the model";
            if (value.Consumers.Count > 1)
                return $"'{value.Name}' is read by {string.Join(" and ", value.Consumers.Select(c => $"'{c.Name}'").Distinct())}";
            if (readers[value].FirstOrDefault() is not { } reader)
                return $"nothing that is known reads '{value.Name}'";
            if (reader.Unit is { } unit && layers.Find(unit) is { } second)
                return End(first, second, spread, relu6);
            if (Refusal(reader) is { } refusal)
                return refusal;
            if (reader.Unit is ActivationUnit { Activation: Activation.Relu6 })
                relu6.Add(reader.Unit);
            if (reader.Mover is { Node.Operation: Flatten or Reshape } flatten)
            {
                if (SizeOfChannel(flatten) is not { } size)
                    return $"'{flatten.Name}' moves channels otherwise than by flattening images";
                spread *= size;
            }

            value = reader.Output;
        }
    }

    private string? End(CalibratedLayer first, CalibratedLayer second, int spread, List<Unit> relu6)
    {
        if (layers.Shared.FirstOrDefault(s => s.Name == second.Name) is { Reason: { } reason })
            return $"'{second.Name}' reads it, and {reason}";
        if (first.Outputs * spread != second.Inputs)
            return $"'{second.Name}' has {second.Inputs} inputs for its {first.Outputs} channels";
        Sites.Add(new(first, second, spread, relu6));
        return null;
    }

    /// <summary>Why channels cannot be scaled through a step, or <see langword="null"/>.</summary>
    private static string? Refusal(UnitStep step) => step switch
    {
        { Unit: ActivationUnit or MeanPoolUnit } or { Mover.Node.Operation: MaxPool2d or Dropout or Flatten or Reshape } => null,
        { Unit: WeightedUnit { Site.KeepFloat: true } kept } => $"'{kept.Name}' reads it, which is kept in float",
        { Unit: AddUnit sum } => $"'{sum.Name}' adds it to something else, which would have to be scaled alike",
        _ => $"'{step.Unit?.Name ?? step.Mover!.Name}' reads it, through which channels cannot be scaled",
    };

    /// <summary>The size of one channel, if images [N, C, H, W] become rows [N, C · H · W].</summary>
    private static int? SizeOfChannel(TracedNode flatten) =>
        (flatten.Inputs[0].Shape, flatten.Output.Shape) is ({ Rank: 4 } images, { Rank: 2 } rows) && images.Skip(1).All(d => d.IsFixed) && rows[1].IsFixed
            && images.Skip(1).Aggregate(1L, (a, d) => a * d.Size) == rows[1].Size
            ? checked((int)(images[2].Size * images[3].Size))
            : null;
}
