namespace StickGen.Graphs;

/// <summary>Builds a graph anew, node by node, with changes on the way. What is built is checked by <see cref="ModelGraph"/>.</summary>
internal sealed class GraphCopy(ModelGraph original)
{
    private readonly ModelGraph graph = new(original.Name);
    private readonly Dictionary<GraphValue, GraphValue> copies = [];

    /// <summary>What stands for a value once it has been copied.</summary>
    public Func<GraphValue, GraphValue, GraphFragment, GraphValue> After { get; init; } = (_, copy, _) => copy;

    /// <summary>What stands for the result of a node, or <see langword="null"/> to copy it.</summary>
    public Func<GraphNode, GraphFragment, GraphValue?> Replacement { get; init; } = (_, _) => null;

    /// <summary>Whether a node is not copied, because nothing reads it any more.</summary>
    public Func<GraphNode, bool> IsLeftOut { get; init; } = _ => false;

    /// <summary>What a fragment in place of a node is given.</summary>
    public Func<GraphNode, IReadOnlyList<GraphValue>> InputsOf { get; init; } = node => node.Inputs;

    public ModelGraph Run()
    {
        foreach (var input in original.Inputs)
        {
            var copy = graph.AddInput(input.Name, input.Shape, input.Type);
            copy.Quantization = input.Quantization;
            copies.Add(input, After(input, copy, Fragment([], "")));
        }

        foreach (var node in original.Nodes.Where(node => !IsLeftOut(node)))
        {
            var result = Replacement(node, Fragment(InputsOf(node), node.Source));
            copies.Add(node.Output, result ?? After(node.Output, Add(graph, node, [.. node.Inputs.Select(Copy)]), Fragment([], node.Source)));
        }

        foreach (var output in original.Outputs)
            graph.AddOutput(Copy(output));
        return graph;
    }

    public static GraphValue Add(ModelGraph graph, GraphNode node, ReadOnlySpan<GraphValue> inputs)
    {
        var copy = graph.Add(node.Name, node.Operation, inputs, node.Output.Quantization, node.Source);
        copy.Type = node.Output.Type;

        // The shape of what nothing is known about was told when it was made.
        copy.Shape ??= node.Output.Shape;
        return copy;
    }

    private GraphFragment Fragment(IReadOnlyList<GraphValue> inputs, string source) => new(graph, inputs, Copy, source);

    /// <summary>Constants are copied when they are first read, so that those of erased nodes are left behind.</summary>
    private GraphValue Copy(GraphValue value)
    {
        if (!copies.TryGetValue(value, out var copy))
            copies.Add(value, copy = graph.AddConstant(value.Name, value.Type, value.Shape!, value.Data, value.Quantization));
        return copy;
    }
}
