using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Quantization;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;
using Linear = TorchSharp.Modules.Linear;

namespace StickGen.PostTraining;

/// <summary>Which layers of a variant are quantized, how, and in which blocks.</summary>
internal sealed class LayerPlan
{
    private readonly Dictionary<Linear, BlockLayer> layers = new(ReferenceEqualityComparer.Instance);
    private readonly List<string> kept = [], cacheNotes = [];
    private readonly HashSet<LayerPolicy> used = [];
    private readonly PostTrainingOptions options;

    /// <exception cref="CompressionException">A policy or a block names nothing, bits are not possible, or a group size does not divide the inputs of a layer.</exception>
    public LayerPlan(FakeQuantization state, PostTrainingOptions options)
    {
        this.options = options;
        var inputs = state.UnitGraph!.Steps.Where(s => s.Unit is LinearUnit).ToDictionary(s => s.Unit!, s => s.Inputs[0]);
        var nodes = state.Traced.Nodes.ToDictionary(n => n.Node);
        var found = new List<(BlockLayer Layer, TracedScope Scope)>();
        foreach (var unit in state.Units.OfType<LinearUnit>())
        {
            var scope = nodes[unit.Site.Nodes[0]].Scope;
            if (layers.TryGetValue(unit.Layer, out var known))
                known.Add(unit);
            else if (SchemeOf(unit, state) is { } scheme)
            {
                var layer = new BlockLayer(unit.Name, unit.Layer, inputs[unit], scheme, options.Activations);
                layer.Add(unit);
                layers.Add(unit.Layer, layer);
                found.Add((layer, scope));
            }
            else
                kept.Add(unit.Name);
        }

        if (options.Layers.FirstOrDefault(p => !used.Contains(p)) is { } idle)
            throw new CompressionException($"The policy of '{idle.Layer}'{(idle.Model is null ? "" : $" of {idle.Model}")} is for nothing: there is no such linear layer. "
                + $"There are {string.Join(", ", state.Units.OfType<LinearUnit>().Take(8).Select(u => $"'{u.Name}'"))}.");
        Blocks = BlockFinder.Find(state.Traced, found, options, out var outside);
        kept.AddRange(outside.Select(l => l.Name));
        foreach (var layer in outside)
        {
            layers.Remove(layer.Linear);
            layer.Release();
        }

        if (layers.Count == 0)
            throw new CompressionException($"{state.Graph.Name} has no linear layer that is to be quantized.");
        if (options.Steps.Any(s => s.AddsBias))
            AddBiases(state);
        if (options.KeyValueCache != KeyValuePrecision.Float)
            Blocks = WithAttentions(AttentionFinder.Find(state, options.KeyValueCache, cacheNotes), state);
    }

    /// <summary>The blocks in the order in which the model runs them.</summary>
    public IReadOnlyList<BlockPlan> Blocks { get; }

    /// <summary>All layers, in the order of evaluation.</summary>
    public IEnumerable<BlockLayer> Layers => Blocks.SelectMany(b => b.Layers);

    /// <summary>Linear layers that stay in float.</summary>
    public IReadOnlyList<string> Kept => kept;

    /// <summary>What steps could not do, and why.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Keys and values that cannot be quantized, and why.</summary>
    public IReadOnlyList<string> CacheNotes => cacheNotes;

    /// <summary>The attentions whose keys and values are quantized, in the order of the blocks.</summary>
    public IEnumerable<CachedAttention> Attentions => Blocks.SelectMany(b => b.Attentions);

    /// <summary>Whether ranges and integers are known.</summary>
    public bool IsCalibrated { get; set; }

    /// <summary>Whether integers of some block are chosen: from then on the rest computes with those, and the float network is gone.</summary>
    public bool IsStarted { get; set; }

    /// <summary>What came of each block.</summary>
    public List<BlockReport> Reports { get; } = [];

    /// <summary>The blocks with the attentions that are in them.</summary>
    private List<BlockPlan> WithAttentions(IReadOnlyList<CachedAttention> attentions, FakeQuantization state)
    {
        var keptPaths = options.Layers.Where(p => p.KeepFloat).SelectMany(p => Starts(p, state)).ToList();
        var keptHere = attentions.Where(a => keptPaths.Exists(path => Covers(path, a.Scope.Path))).ToList();
        cacheNotes.AddRange(keptHere.Select(a => $"{a.Name}: keys and values stay in float, as its module does"));
        var owners = attentions.Except(keptHere).ToLookup(a => Blocks.FirstOrDefault(b => b.Scope.Path.Length > 0 && Covers(b.Scope.Path, a.Scope.Path)) ?? Blocks.FirstOrDefault(b => b.Scope.Path.Length == 0));
        cacheNotes.AddRange(owners[null].Select(a => $"{a.Name}: keys and values stay in float: it is outside of all blocks"));
        if (owners.All(o => o.Key is null))
            throw new CompressionException($"{nameof(options.KeyValueCache)} is {options.KeyValueCache}, and there are no keys and values in blocks that are quantized: {string.Join("; ", cacheNotes)}.");
        return [.. Blocks.Select(b => b with { Attentions = [.. owners[b]] })];
    }

    private static void AddBiases(FakeQuantization state)
    {
        foreach (var linear in state.Units.OfType<LinearUnit>().Select(u => u.Layer).Where(l => l.bias is null).Distinct())
            linear.bias = nn.Parameter(zeros(linear.weight.shape[0], device: linear.weight.device).DetachFromDisposeScope(), requires_grad: false);
    }

    private GroupScheme? SchemeOf(LinearUnit unit, FakeQuantization state)
    {
        var node = unit.Site.Nodes[0].Name;
        // Names of places differ from paths where a module is called at several.
        var path = unit.Site.Nodes[0].Inputs.First(i => i.IsConstant).Name;
        path = path[..path.LastIndexOf('.')];
        var covering = options.Layers.SelectMany(p => Starts(p, state).Where(s => Covers(s, path) || Covers(s, node)).Select(s => (Policy: p, Path: s))).ToList();
        used.UnionWith(covering.Select(c => c.Policy));
        var policy = covering.OrderByDescending(c => c.Path.Length).Select(c => c.Policy).FirstOrDefault();
        if (policy is { KeepFloat: true } || (policy is null && unit.Site.KeepFloat))
            return null;
        var scheme = options.Weights;
        if (unit.Site.WeightBits is { } bits)
            scheme = bits is 2 or 3 or 4 or 8 ? scheme with { Bits = bits } : throw new CompressionException($"[Bits] asks for {bits} bits for the weights of '{unit.Name}'; 2, 3, 4 and 8 are possible after training.");
        if (unit.Site.ActivationBits is { } activations)
            throw new CompressionException($"[Bits] asks for {activations} bits for what '{unit.Name}' computes; after training, what all layers read is quantized as {nameof(options.Activations)} says.");
        scheme = policy?.Of(scheme) ?? scheme;
        var inputs = unit.Layer.weight.shape[1];
        return scheme.GroupSize == 0 || inputs % scheme.GroupSize == 0
            ? scheme
            : throw new CompressionException(
                $"{nameof(GroupScheme.GroupSize)} is {scheme.GroupSize}, which does not divide the {inputs} inputs of '{unit.Name}'. Choose one that does, give the layer another by a {nameof(LayerPolicy)}, or keep it in float.");
    }

    private static IEnumerable<string> Starts(LayerPolicy policy, FakeQuantization state) => policy.Model is null
        ? [policy.Layer]
        : state.Traced.Scopes.Where(s => s.Model.ModelName == policy.Model).Select(s => ModulePath.Join(s.Path, policy.Layer));

    internal static bool Covers(string path, string name) =>
        name.StartsWith(path, StringComparison.Ordinal) && (name.Length == path.Length || name[path.Length] == '.');
}

/// <summary>Layers that are quantized together.</summary>
/// <param name="Name">The path of the module, or the name of the model.</param>
/// <param name="Scope">The call of the module.</param>
/// <param name="Layers">In the order of evaluation.</param>
internal sealed record BlockPlan(string Name, TracedScope Scope, IReadOnlyList<BlockLayer> Layers)
{
    /// <summary>Attentions whose keys and values are quantized.</summary>
    public IReadOnlyList<CachedAttention> Attentions { get; init; } = [];
}
