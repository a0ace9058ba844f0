using StickGen.Graphs;
using StickGen.Kinds;
using StickGen.Rules;
using StickGen.Units;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>A variant under construction: which copy stands for which original, and the units of its sites.</summary>
internal sealed class VariantAssembly : ModuleCopies
{
    private readonly TracedModel traced;
    private readonly IReadOnlyDictionary<TracedNode, AppliedMatch> matches;
    private readonly Dictionary<(string Path, string Site), Unit> units = [];
    private readonly Dictionary<string, TracedScope> scopes = new(StringComparer.Ordinal);
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly UnitGraph unitGraph;
    private readonly BitAssignment bits;
    private readonly Lazy<Dictionary<string, TracedScope>> trainingScopes;

    public VariantAssembly(ICompressible model, CompressionAlgorithm algorithm, ReadOnlySpan<Shape> shapes)
    {
        traced = Tracer.Run(model, shapes);
        foreach (var scope in traced.Scopes)
        {
            if (!scopes.TryAdd(scope.Path, scope))
                throw new CompressionException(
                    $"'{scope.Path}' ({scope.Model.ModelName}) is called twice. Its values would need two sets of scales; use two instances.");
        }

        var inputs = shapes.ToArray();
        trainingScopes = new(() => TraceTraining(model, inputs));
        (matches, var report) = algorithm.EnableFusion
            ? Matcher.Run(traced)
            : (new Dictionary<TracedNode, AppliedMatch>(), new MatchReport([]));
        names.UnionWith(model.Inputs.Select(i => i.Name + ".quantized"));
        State = new(algorithm, traced, report);
        unitGraph = new(traced);
        bits = new(algorithm.Layers);
        Algorithm = algorithm;
    }

    public FakeQuantization State { get; }

    private CompressionAlgorithm Algorithm { get; }

    protected override nn.Module Create(ICompressible module, string modulePath, ModuleRebuilder builder) => module.CreateVariant((VariantBuilder)builder);

    protected override nn.Module Borrow(nn.Module module, string modulePath)
    {
        State.BorrowedModules.Add((modulePath, module));
        return module;
    }

    /// <summary>The iterations of a loop: those of the deployed model, and those that only training has.</summary>
    public IEnumerable<long> IterationsOf(string path, string loop) =>
        new[] { scopes, trainingScopes.Value }
            .SelectMany(trace => trace.TryGetValue(path, out var scope) ? scope.IterationsOf(loop) : [])
            .Distinct();

    /// <summary>The unit of an input; one of an inner module is given values that are quantized already.</summary>
    public Unit Input(string path, string name)
    {
        var isModelInput = path.Length == 0;
        if (isModelInput && !traced.Graph.Values.ContainsKey(name))
            return new UnreachedUnit(CreateSite(name, []));
        var site = new Site(Unique(ModulePath.Join(path, name)), [], keepFloat: false, Algorithm, State);
        if (isModelInput)
            bits.Assign(site, []);
        var unit = new InputUnit(site, isModelInput, isFirst: isModelInput && traced.Graph.Inputs[0].Name == name);
        State.InputUnits[(path, name)] = unit;
        if (isModelInput)
            unitGraph.AddInput(unit, traced.Graph.Values[name]);
        return unit;
    }

    /// <summary>The unit of a site.</summary>
    /// <param name="path">The path of the module.</param>
    /// <param name="name">The site.</param>
    /// <param name="isFallback">Whether it may be run though the graph does not have it.</param>
    public Unit Unit(string path, string name, bool isFallback = false)
    {
        if (units.TryGetValue((path, name), out var known))
            return known;
        var unit = FindSite(scopes, path, name) is { } site
            ? new SiteAssembler(this, site).Assemble()
            : OutsideOfGraph(path, name, isFallback);
        units.Add((path, name), unit);
        return unit;
    }

    public void Complete(nn.Module variant)
    {
        foreach (var scope in scopes.Values)
        {
            foreach (var site in scope.Sites.Keys.Where(s => !units.ContainsKey((scope.Path, s))))
                throw new CompressionException($"The emitted code of '{scope.Path}' has no unit for the site '{site}'.");
        }

        // What emitted code runs by itself: statements that are kept, and modules that are called with more than tensors.
        foreach (var node in unitGraph.Traced.Nodes.Where(node => NodeKinds.IsNamedOnly(node.Kind) && !unitGraph.Has(node)))
            unitGraph.Add(new ValueUnit(CreateSite(node.Name, [node])), [node], node.Inputs);
        unitGraph.Seal();
        State.UnitGraph = unitGraph;
        State.Units = [.. unitGraph.Steps.Select(s => s.Unit).OfType<Unit>()];
        QuantizerPlacement.Place(unitGraph, Algorithm, State);
        bits.Check(State.Units);
        State.RegisterIn(variant);
        variant.train(variant.training);
    }

    public AppliedMatch? MatchAt(TracedNode node) => matches.GetValueOrDefault(node);

    public string Unique(string name)
    {
        var unique = name;
        for (var i = 2; !names.Add(unique); i++)
            unique = $"{name}_{i}";
        return unique;
    }

    public Site CreateSite(
        string name, IReadOnlyList<TracedNode> nodes, Func<Range, Site>? split = null, Func<Site, int, Unit>? makeDefault = null)
    {
        var site = new Site(Unique(name), [.. nodes.Select(n => n.Node)], nodes.Any(n => n.Marks.KeepFloat), Algorithm, State) { Split = split, Default = makeDefault };
        bits.Assign(site, nodes.Select(n => n.Marks));
        return site;
    }

    /// <summary>Notes which values a unit reads and computes.</summary>
    public void Bind(Unit unit, IReadOnlyList<TracedNode> nodes, IReadOnlyList<GraphValue> inputs)
    {
        if (!nodes[0].IsTrainingOnly)
            unitGraph.Add(unit, nodes, inputs);
    }

    /// <summary>The unit of a site that the deployed model does not run: in float where training runs it.</summary>
    private Unit OutsideOfGraph(string path, string name, bool isFallback)
    {
        if (FindSite(trainingScopes.Value, path, name) is not { } site)
            return isFallback ? new FallbackUnit(CreateSite(ModulePath.Join(path, name), [])) : new UnreachedUnit(CreateSite(ModulePath.Join(path, name), []));
        return new SiteAssembler(this, site).Assemble();
    }

    private static TracedSite? FindSite(Dictionary<string, TracedScope> scopes, string path, string name) =>
        scopes.TryGetValue(path, out var scope) && scope.Sites.TryGetValue(name, out var site) ? site : null;

    private static Dictionary<string, TracedScope> TraceTraining(ICompressible model, Shape[] inputs)
    {
        try
        {
            return Tracer.RunTraining(model, inputs).Scopes.DistinctBy(s => s.Path).ToDictionary(s => s.Path, StringComparer.Ordinal);
        }
        catch (CompressionException)
        {
            // It can be deployed, but not trained in: the units say so when they are run.
            return [];
        }
    }
}
