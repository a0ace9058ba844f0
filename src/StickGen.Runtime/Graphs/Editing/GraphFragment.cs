using System.Collections;
using StickGen.Operations;

namespace StickGen.Graphs;

/// <summary>The place in a graph where nodes are added in place of others.</summary>
public sealed class GraphFragment
{
    private readonly ModelGraph graph;

    internal GraphFragment(ModelGraph graph, IReadOnlyList<GraphValue> inputs, Func<GraphValue, GraphValue> copy, string source) =>
        (this.graph, Inputs, Source) = (graph, new Copies(inputs, copy), source);

    /// <summary>What the replaced nodes read, constants included.</summary>
    public IReadOnlyList<GraphValue> Inputs { get; }

    /// <summary>Where the replaced node comes from, which the new ones have too.</summary>
    public string Source { get; }

    /// <summary>Adds a node.</summary>
    /// <param name="name">A name that no other node has.</param>
    /// <param name="operation">What it computes.</param>
    /// <param name="inputs">What it reads: <see cref="Inputs"/>, constants, and results of nodes that were added here.</param>
    /// <param name="quantization">What the integers of the result stand for; <see langword="null"/> for a float result.</param>
    /// <exception cref="ArgumentException">The name is taken, or the inputs do not fit the operation.</exception>
    public GraphValue Add(string name, Operation operation, ReadOnlySpan<GraphValue> inputs, ValueQuantization? quantization = null) =>
        graph.Add(name, operation, inputs, quantization, Source);

    /// <summary>Adds a constant.</summary>
    /// <inheritdoc cref="ModelGraph.AddConstant"/>
    public GraphValue AddConstant(string name, ElementType type, Shape shape, ReadOnlyMemory<byte> data = default, ValueQuantization? quantization = null) =>
        graph.AddConstant(name, type, shape, data, quantization);

    /// <summary>Adds a node as it was, with other inputs.</summary>
    internal GraphValue Add(GraphNode node, ReadOnlySpan<GraphValue> inputs) => GraphCopy.Add(graph, node, inputs);

    /// <summary>Values that are copied when they are read, so that weights which a replacement does without are left behind.</summary>
    private sealed class Copies(IReadOnlyList<GraphValue> originals, Func<GraphValue, GraphValue> copy) : IReadOnlyList<GraphValue>
    {
        public int Count => originals.Count;

        public GraphValue this[int index] => copy(originals[index]);

        public IEnumerator<GraphValue> GetEnumerator() => originals.Select(copy).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
