namespace StickGen.Graphs;

/// <summary>
/// A value of a <see cref="ModelGraph"/>: an input, what a node computes, or a constant (a weight, a bias).
/// </summary>
public sealed class GraphValue
{
    private readonly List<GraphNode> consumers = [];

    internal GraphValue(string name, ElementType type, Shape? shape) => (Name, Type, Shape) = (name, type, shape);

    /// <summary>A name, unique in the graph. For a parameter its key in the model's state dictionary.</summary>
    public string Name { get; }

    /// <summary>The type of the elements.</summary>
    public ElementType Type { get; internal set; }

    /// <summary>The shape, or <see langword="null"/> if not even the rank is known.</summary>
    public Shape? Shape { get; internal set; }

    /// <summary>What the integers stand for, or <see langword="null"/> for a value that is not quantized.</summary>
    public ValueQuantization? Quantization { get; internal set; }

    /// <summary>The node that computes the value, or <see langword="null"/> for an input or a constant.</summary>
    public GraphNode? Producer { get; internal set; }

    /// <summary>The nodes that read the value; a node that reads it twice is listed twice.</summary>
    public IReadOnlyList<GraphNode> Consumers => consumers;

    /// <summary>Whether the value is a constant. One of a traced graph has a shape, but no <see cref="Data"/>.</summary>
    public bool IsConstant { get; internal init; }

    /// <summary>
    /// The little-endian bytes of a constant, row-major, or empty if the graph was made for its structure alone.
    /// </summary>
    public ReadOnlyMemory<byte> Data { get; internal init; }

    internal void AddConsumer(GraphNode node) => consumers.Add(node);


    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Type}{Shape?.ToString() ?? "[…]"}";
}
