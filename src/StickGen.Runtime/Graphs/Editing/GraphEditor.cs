using StickGen.Operations;

namespace StickGen.Graphs;

/// <summary>
/// Edits a graph: inserts, erases and replaces nodes, which are named as in <see cref="ModelGraph"/>. Every edit builds the graph anew, so that names stay
/// unique, values are computed before they are read, and every shape is inferred again; an edit that does not fit throws and changes nothing. Nodes and
/// values of the graph before an edit are not those of the graph after it: keep names.
/// </summary>
/// <param name="graph">The graph, which stays as it is.</param>
public sealed class GraphEditor(ModelGraph graph)
{
    /// <summary>The graph after the edits so far.</summary>
    public ModelGraph Graph { get; private set; } = graph ?? throw new ArgumentNullException(nameof(graph));

    /// <summary>A node.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists the nearest.</exception>
    public GraphNode Node(string name) => Graph.Nodes.FirstOrDefault(node => node.Name == name) ?? throw new ArgumentException(
        $"The graph {Graph.Name} has no node '{name}'. It has {string.Join(", ", Graph.Nodes.Select(node => node.Name))}.", nameof(name));

    /// <summary>The nodes of one sort, in the order of evaluation.</summary>
    /// <typeparam name="TOperation">What they compute, such as <see cref="Conv2d"/>.</typeparam>
    public IEnumerable<GraphNode> Nodes<TOperation>()
        where TOperation : Operation => Graph.Nodes.Where(node => node.Operation is TOperation);

    /// <summary>The nodes whose results a node reads, in the order of its inputs.</summary>
    /// <exception cref="ArgumentException">There is no such node.</exception>
    public IEnumerable<GraphNode> Before(string node) => Node(node).Inputs.Select(input => input.Producer).OfType<GraphNode>();

    /// <summary>The nodes that read the result of a node, each once.</summary>
    /// <exception cref="ArgumentException">There is no such node.</exception>
    public IEnumerable<GraphNode> After(string node) => Node(node).Outputs.SelectMany(output => output.Consumers).Distinct();

    /// <summary>Puts a node behind a value: whoever read the value reads the node's result now, and so does the caller of the model.</summary>
    /// <param name="value">An input, or the result of a node.</param>
    /// <param name="name">A name for the node that no other has.</param>
    /// <param name="operation">What it computes of the value.</param>
    /// <param name="quantization">What the integers of the result stand for; <see langword="null"/> for a float result.</param>
    /// <exception cref="ArgumentException">There is no such value, the name is taken, or the operation or what follows does not fit.</exception>
    public void InsertAfter(string value, string name, Operation operation, ValueQuantization? quantization = null)
    {
        if (!Graph.Values.TryGetValue(value, out var known) || known.IsConstant)
            throw new ArgumentException($"The graph {Graph.Name} has no input and no result named '{value}'.", nameof(value));
        Graph = new GraphCopy(Graph) { After = (original, copy, fragment) => original == known ? fragment.Add(name, operation, [copy], quantization) : copy }.Run();
    }

    /// <summary>Puts a node before one input of a node; other readers of the value do not notice.</summary>
    /// <param name="node">The node.</param>
    /// <param name="name">A name for the new node that no other has.</param>
    /// <param name="operation">What the new node computes of the value that the input was.</param>
    /// <param name="input">Which of the inputs.</param>
    /// <param name="quantization">What the integers of the result stand for; <see langword="null"/> for a float result.</param>
    /// <exception cref="ArgumentException">There is no such node or input, the name is taken, or the operation or what follows does not fit.</exception>
    public void InsertBefore(string node, string name, Operation operation, int input = 0, ValueQuantization? quantization = null)
    {
        var target = Node(node);
        if (input < 0 || input >= target.Inputs.Count)
            throw new ArgumentException($"The node '{node}' has {target.Inputs.Count} inputs, and none of the number {input}.", nameof(input));
        Rewrite(target, fragment =>
        {
            var inputs = fragment.Inputs.ToArray();
            inputs[input] = fragment.Add(name, operation, [inputs[input]], quantization);
            return fragment.Add(target, inputs);
        });
    }

    /// <summary>Takes a node out: whoever read its result reads one of its inputs now. Constants that nothing else reads go with it.</summary>
    /// <param name="node">The node.</param>
    /// <param name="input">The input that takes its place.</param>
    /// <exception cref="ArgumentException">There is no such node or input, or what follows does not fit the shape of the input.</exception>
    public void Erase(string node, int input = 0)
    {
        var target = Node(node);
        if (input < 0 || input >= target.Inputs.Count || target.Inputs[input].IsConstant)
            throw new ArgumentException($"The node '{node}' has no input of the number {input} that could take its place.", nameof(input));
        Rewrite(target, fragment => fragment.Inputs[input]);
    }

    /// <summary>Computes the result of a node by others.</summary>
    /// <param name="node">The node. Its name can be used again.</param>
    /// <param name="replacement">Adds nodes and returns the value that stands for the node's result from now on.</param>
    /// <exception cref="ArgumentException">There is no such node, or the replacement or what follows does not fit.</exception>
    public void Replace(string node, Func<GraphFragment, GraphValue> replacement)
    {
        ArgumentNullException.ThrowIfNull(replacement);
        Rewrite(Node(node), replacement);
    }

    /// <summary>Computes the result of a node by others, of which several nodes of the graph become superfluous.</summary>
    /// <param name="nodes">The nodes; the last computes the value that is replaced, and nothing else reads the values of the others.</param>
    /// <param name="inputs">The values that the replacement is given, which are computed outside of the nodes.</param>
    /// <param name="replacement">Adds nodes and returns the value that stands for the last node's result from now on.</param>
    /// <exception cref="ArgumentException">A value of the nodes is read elsewhere, an input is one of them, or the replacement or what follows does not fit.</exception>
    public void Replace(IReadOnlyCollection<GraphNode> nodes, IReadOnlyList<GraphValue> inputs, Func<GraphFragment, GraphValue> replacement)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(replacement);
        var last = nodes.LastOrDefault() ?? throw new ArgumentException("No node is to be replaced.", nameof(nodes));
        foreach (var node in nodes.Where(node => node != last))
        {
            if (node.Outputs.Any(output => Graph.Outputs.Contains(output)) || node.Outputs.SelectMany(output => output.Consumers).Any(reader => !nodes.Contains(reader)))
                throw new ArgumentException($"The value of '{node.Name}' is read elsewhere too, so it cannot be replaced.", nameof(nodes));
        }

        if (inputs.FirstOrDefault(input => input.Producer is { } producer && nodes.Contains(producer)) is { } inner)
            throw new ArgumentException($"'{inner.Name}' is computed by the nodes that are replaced.", nameof(inputs));
        Graph = new GraphCopy(Graph)
        {
            IsLeftOut = node => node != last && nodes.Contains(node),
            Replacement = (node, fragment) => node == last ? replacement(fragment) : null,
            InputsOf = node => node == last ? inputs : node.Inputs,
        }.Run();
    }

    /// <summary>The graph as text, a line for each node: see <see cref="ModelGraph.ToString"/>.</summary>
    public string Dump() => Graph.ToString();

    private void Rewrite(GraphNode target, Func<GraphFragment, GraphValue> replacement) =>
        Graph = new GraphCopy(Graph) { Replacement = (node, fragment) => node == target ? replacement(fragment) : null }.Run();
}
