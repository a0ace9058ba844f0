using StickGen.Graphs;
using StickGen.Kinds;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// What a replay found: the flat graph, and beside it what the graph does not say, because it belongs to the live instance:
/// which modules compute the nodes, and where in which class they were written.
/// </summary>
internal sealed class TracedModel(ModelGraph graph, TracedScope root, IReadOnlyList<TracedNode> nodes, IReadOnlyList<TracedScope> scopes)
{
    public ModelGraph Graph { get; } = graph;

    public TracedScope Root { get; } = root;

    /// <summary>All nodes, each after the ones it reads.</summary>
    public IReadOnlyList<TracedNode> Nodes { get; } = nodes;

    /// <summary>All calls of compressible modules, the root first.</summary>
    public IReadOnlyList<TracedScope> Scopes { get; } = scopes;
}

/// <summary>Something that a statement of a <c>forward</c> computes: a node, or the call of another compressible module.</summary>
internal abstract class TracedItem
{
    public abstract IReadOnlyList<GraphValue> Inputs { get; }

    public abstract GraphValue Output { get; }
}

/// <summary>One operation on tensors.</summary>
internal sealed class TracedNode(TracedScope scope, string kind, GraphNode node, IReadOnlyList<GraphValue> inputs, nn.Module? module)
    : TracedItem
{
    public TracedScope Scope { get; } = scope;

    /// <summary>One of <see cref="NodeKinds"/>.</summary>
    public string Kind { get; } = kind;

    public GraphNode Node { get; } = node;

    public string Name => Node.Name;

    /// <summary>The tensor operands, without weights.</summary>
    public override IReadOnlyList<GraphValue> Inputs { get; } = inputs;

    public override GraphValue Output => Node.Output;

    /// <summary>The original module, if one computes the node.</summary>
    public nn.Module? Module { get; } = module;

    /// <summary>What the user asked for it.</summary>
    public Marks Marks { get; init; }

    /// <summary>The line of its statement, counted from the <c>[Compressible]</c> of the class.</summary>
    public int? Line { get; init; }

    /// <summary>Whether it is computed in training alone, and so is no part of the graph.</summary>
    public bool IsTrainingOnly { get; init; }

    /// <summary>The site that covers it, or <see langword="null"/> if it is kept verbatim.</summary>
    public TracedSite? Site { get; set; }
}

/// <summary>One call of a compressible module.</summary>
internal sealed class TracedScope(ICompressible model, string path, Marks marks, GraphValue[] inputs) : TracedItem
{
    private readonly Dictionary<(string Iteration, int Node), List<TracedItem>> items = [];
    private readonly Dictionary<(string Iteration, int Node), GraphValue[]> arguments = [];
    private readonly Stack<(string Key, string Name)> iterations = new();
    private readonly Dictionary<string, List<long>> loops = new(StringComparer.Ordinal);
    private Dictionary<nn.Module, string>? paths;

    public ICompressible Model { get; } = CapturedClass.Required(model);

    /// <summary>The path of the module from the root, empty for the root.</summary>
    public string Path { get; } = path;

    public Marks Marks { get; } = marks;

    /// <summary>What it is given that is no tensor, by the names of its parameters.</summary>
    public Dictionary<string, object?> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>What its <c>forward</c> took the parameters that are no tensors to be, by their names.</summary>
    public Dictionary<string, object?> Parameters { get; } = new(StringComparer.Ordinal);

    public override IReadOnlyList<GraphValue> Inputs { get; } = inputs;

    public GraphValue[] Outputs { get; set; } = [];

    public override GraphValue Output => Outputs[0];

    /// <summary>The sites by their keys.</summary>
    public Dictionary<string, TracedSite> Sites { get; } = new(StringComparer.Ordinal);

    /// <summary>What a site or loop is found by: its name, in a loop behind the iteration, as in <c>layers[2].conv</c>.</summary>
    public string KeyOf(string name) => iterations.Count == 0 ? name : ModulePath.Join(iterations.Peek().Key, name);

    /// <summary>What a site is called: <c>layers.2.conv</c>.</summary>
    public string NameOf(string site) => ModulePath.Join(Path, iterations.Count == 0 ? site : ModulePath.Join(iterations.Peek().Name, site));

    /// <summary>What the node with a number stands for: itself, or the children of a <c>Sequential</c>.</summary>
    public IReadOnlyList<TracedItem> ItemsOf(int node) => items.TryGetValue((KeyOf(""), node), out var found) ? found : [];

    /// <summary>The nodes, each with the number that it has in the emitted code.</summary>
    public IEnumerable<(int Number, TracedNode Node)> NumberedNodes =>
        items.SelectMany(i => i.Value.OfType<TracedNode>().Select(node => (i.Key.Node, node)));

    public void Add(int node, TracedItem item)
    {
        if (!items.TryGetValue((KeyOf(""), node), out var list))
            items.Add((KeyOf(""), node), list = []);
        list.Add(item);
    }

    /// <summary>What is passed to the unit that ends in a node, if it had to be said.</summary>
    public GraphValue[]? ArgumentsOf(int node) => arguments.GetValueOrDefault((KeyOf(""), node));

    public void SetArguments(int node, GraphValue[] values) => arguments[(KeyOf(""), node)] = values;

    /// <summary>The iterations that a loop ran, by the key of the loop.</summary>
    public IReadOnlyList<long> IterationsOf(string loop) => loops.TryGetValue(loop, out var found) ? found : [];

    /// <summary>The name under which a module is registered, from this one on; <see langword="null"/> if it is not.</summary>
    public string? FindPath(nn.Module module)
    {
        if (paths is null)
        {
            paths = new(ReferenceEqualityComparer.Instance);
            foreach (var (name, registered) in ((nn.Module)Model).named_modules())
                paths.TryAdd(registered, name);
        }

        return paths.GetValueOrDefault(module);
    }

    /// <summary>Begins an iteration.</summary>
    /// <param name="loop">The name of the loop.</param>
    /// <param name="number">The number of the iteration.</param>
    /// <param name="module">The path of the module that it is about, if it is about one: its sites are called after it.</param>
    public TracedIteration Enter(string loop, long number, string? module = null)
    {
        var key = KeyOf(loop);
        if (!loops.TryGetValue(key, out var numbers))
            loops.Add(key, numbers = []);
        if (numbers.Contains(number))
            throw new CompressionException($"The loop '{loop}' of {Model.ModelName}.forward runs twice with {number}.");
        numbers.Add(number);
        var outer = iterations.Count == 0 ? "" : iterations.Peek().Name;
        iterations.Push(($"{key}[{number}]", module ?? ModulePath.Join(outer, $"{loop}.{number}")));
        return new(this);
    }

    public void Leave() => iterations.Pop();
}

/// <summary>The nodes that one unit of the emitted <c>forward</c> covers.</summary>
internal sealed class TracedSite(string fullName, TracedItem[] items, GraphValue[]? arguments)
{

    /// <summary>In the order of evaluation.</summary>
    public IReadOnlyList<TracedItem> Items { get; } = items;

    /// <summary>From the root on, dots between modules.</summary>
    public string FullName { get; } = fullName;

    /// <summary>What the emitted <c>forward</c> passes to the unit, where it may pass a value twice.</summary>
    public IReadOnlyList<GraphValue>? Arguments { get; } = arguments;
}
