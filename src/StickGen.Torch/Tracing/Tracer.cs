using StickGen.Graphs;
using StickGen.Operations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// Records what a replay of <c>forward</c> does. It has a method for each kind of node, with the names of TorchSharp's
/// parameters; modules are read from the live instance, compressible ones are entered, and the children of a
/// <c>Sequential</c> are replayed one by one.
/// </summary>
public sealed partial class Tracer
{
    private readonly ModelGraph graph;
    private readonly List<TracedNode> nodes = [];
    private readonly List<TracedScope> scopes = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly SymbolicTensor?[] inputs;
    private TracedScope scope;
    private string statement = "";
    private int? line;

    private Tracer(ICompressible model, bool training, ReadOnlySpan<Shape?> shapes)
    {
        Training = training;
        graph = new(model.ModelName);
        inputs = new SymbolicTensor?[model.Inputs.Count];
        for (var i = 0; i < inputs.Length; i++)
        {
            var shape = i < shapes.Length ? shapes[i] : model.Inputs[i].Shape;
            if (shape is null && model.Inputs[i].IsOptional)
                continue;
            inputs[i] = new(graph.AddInput(model.Inputs[i].Name, shape));
            names.Add(model.Inputs[i].Name);
        }

        scope = new(model, "", new(training, null), [.. inputs.OfType<SymbolicTensor>().Select(input => input.Value)]);
        scopes.Add(scope);
    }

    /// <summary>The flat graph of a live model: every operation, with shapes; constants are named as in its state dictionary.</summary>
    /// <param name="model">The model; it is only read.</param>
    /// <param name="inputs">Shapes that replace the declared ones.</param>
    /// <exception cref="CompressionException">Shapes do not fit; the message names the statement.</exception>
    public static ModelGraph Trace(ICompressible model, params ReadOnlySpan<Shape> inputs) => Run(model, inputs).Graph;

    internal static TracedModel Run(ICompressible model, params ReadOnlySpan<Shape?> inputs) => Run(model, training: false, inputs);

    /// <summary>What a model does in training, which nothing is quantized of: a deployed model does not do it.</summary>
    internal static TracedModel RunTraining(ICompressible model, params ReadOnlySpan<Shape?> inputs) => Run(model, training: true, inputs);

    private static TracedModel Run(ICompressible model, bool training, ReadOnlySpan<Shape?> inputs)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (inputs.Length > model.Inputs.Count)
            throw new CompressionException($"{inputs.Length} shapes were given; {model.ModelName} has {model.Inputs.Count} inputs.");
        var tracer = new Tracer(model, training, inputs);
        var root = tracer.scope;
        root.Outputs = [.. model.Replay(tracer, tracer.inputs!).Where(output => output is not null).Select(output => output.Value)];
        foreach (var output in root.Outputs.Distinct())
            tracer.graph.AddOutput(output);
        return new(tracer.graph, root, tracer.nodes, tracer.scopes);
    }

    /// <summary>
    /// What <c>training</c> is in the replay. It is <see langword="false"/> for the graph, which is what a deployed model computes; where
    /// <c>forward</c> computes something else in training, that is replayed apart.
    /// </summary>
    public bool Training { get; }

    /// <summary>A size that a condition reads.</summary>
    /// <exception cref="CompressionException">It is not a number; the message names the statement.</exception>
    public long Known(Dimension dimension) => dimension.IsFixed
        ? dimension.Size
        : throw new CompressionException(
            $"{scope.Model.ModelName}.forward branches on a size that is '{dimension}' when the model is compressed. Declare it as a number with [InputShape] or pass it to Apply.");

    /// <summary>What the replay throws where <c>forward</c> throws.</summary>
    /// <param name="exception">How the exception is written there.</param>
    public CompressionException Thrown(string exception) => new($"{scope.Model.ModelName}.forward throws for this instance: {exception}");

    /// <summary>The statement that the following nodes come from.</summary>
    /// <param name="statement">How it is written.</param>
    /// <param name="line">Its line, counted from the <c>[Compressible]</c> of the class; <see langword="null"/> if that is in another file.</param>
    public void At(string statement, int? line = null) => (this.statement, this.line) = (statement, line);

    /// <summary>
    /// What the emitted <c>forward</c> passes to the unit that ends in a node, where that is not certain to be each value once: lists,
    /// and variables that may hold the same value.
    /// </summary>
    /// <param name="node">The number of the node, which follows.</param>
    /// <param name="arguments">The arguments.</param>
    public void Arguments(int node, params ReadOnlySpan<SymbolicTensor> arguments) => scope.SetArguments(node, Values(arguments));

    /// <summary>Declares the nodes that one unit of the emitted <c>forward</c> covers.</summary>
    /// <param name="name">The name of the unit, unique in the class.</param>
    /// <param name="nodes">Their numbers; the last is the one whose value the unit has.</param>
    public void Site(string name, params ReadOnlySpan<int> nodes)
    {
        var items = new List<TracedItem>();
        foreach (var node in nodes)
            items.AddRange(scope.ItemsOf(node));
        var site = new TracedSite(scope.NameOf(name), [.. items], scope.ArgumentsOf(nodes[^1]));
        scope.Sites.Add(scope.KeyOf(name), site);
        foreach (var item in items.OfType<TracedNode>())
            item.Site = site;
    }

    private GraphValue[] Replay(ICompressible model, IReadOnlyList<GraphValue> inputs) =>
        Array.ConvertAll(model.Replay(this, [.. inputs.Select(i => new SymbolicTensor(i))]), t => t.Value);

    /// <summary>Appends a node; <paramref name="inputs"/> are its tensor operands, <paramref name="constants"/> its weights.</summary>
    private SymbolicTensor Append(
        int node, string kind, string name, Operation operation, ReadOnlySpan<GraphValue> inputs,
        ReadOnlySpan<GraphValue> constants = default, nn.Module? module = null, Marks marks = default)
    {
        var unique = UniqueName(ModulePath.Join(scope.Path, name));
        GraphValue output;
        try
        {
            output = graph.Add(unique, operation, [.. inputs, .. constants], source: statement);
        }
        catch (ArgumentException e)
        {
            throw new CompressionException($"{scope.Model.ModelName}.forward, at '{statement}': {e.Message}", e);
        }

        var traced = new TracedNode(scope, kind, output.Producer!, inputs.ToArray(), module) { Marks = marks.Within(scope.Marks), IsTrainingOnly = Training, Line = line };
        nodes.Add(traced);
        scope.Add(node, traced);
        return new(output);
    }

    private string UniqueName(string name)
    {
        var unique = name;
        for (var i = 2; !names.Add(unique); i++)
            unique = $"{name}_{i}";
        return unique;
    }
}
