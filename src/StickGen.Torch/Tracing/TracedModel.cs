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

    /// <summary>Whether the user asked to keep it in float.</summary>
    public bool KeepFloat { get; init; }

    /// <summary>Whether it is computed in training alone, and so is no part of the graph.</summary>
    public bool IsTrainingOnly { get; init; }

    /// <summary>The site that covers it, or <see langword="null"/> if it is kept verbatim.</summary>
    public TracedSite? Site { get; set; }
}

/// <summary>One call of a compressible module.</summary>
internal sealed class TracedScope(ICompressible model, string path, bool keepFloat, GraphValue[] inputs) : TracedItem
{
    private readonly Dictionary<int, List<TracedItem>> items = [];

    public ICompressible Model { get; } = model;

    /// <summary>The path of the module from the root, empty for the root.</summary>
    public string Path { get; } = path;

    public bool KeepFloat { get; } = keepFloat;

    public override IReadOnlyList<GraphValue> Inputs { get; } = inputs;

    public GraphValue[] Outputs { get; set; } = [];

    public override GraphValue Output => Outputs[0];

    public Dictionary<string, TracedSite> Sites { get; } = new(StringComparer.Ordinal);

    /// <summary>What the node with a number stands for: itself, or the children of a <c>Sequential</c>.</summary>
    public IReadOnlyList<TracedItem> ItemsOf(int node) => items.TryGetValue(node, out var found) ? found : [];

    public void Add(int node, TracedItem item)
    {
        if (!items.TryGetValue(node, out var list))
            items.Add(node, list = []);
        list.Add(item);
    }
}

/// <summary>The nodes that one unit of the emitted <c>forward</c> covers.</summary>
internal sealed class TracedSite(TracedScope scope, string name, TracedItem[] items)
{
    public TracedScope Scope { get; } = scope;

    public string Name { get; } = name;

    /// <summary>In the order of evaluation.</summary>
    public IReadOnlyList<TracedItem> Items { get; } = items;

    public string FullName => ModulePath.Join(Scope.Path, Name);
}
