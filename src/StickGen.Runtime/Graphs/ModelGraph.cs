using StickGen.Operations;

namespace StickGen.Graphs;

/// <summary>
/// What a model computes: nodes in an order in which they can be run, over named values. The same type serves the float
/// graph traced from a live module and the quantized graph of a deployed file; a value of the latter carries its
/// <see cref="GraphValue.Quantization"/>.
/// </summary>
public sealed class ModelGraph(string name)
{
    private readonly List<GraphValue> inputs = [];
    private readonly List<GraphValue> outputs = [];
    private readonly List<GraphNode> nodes = [];
    private readonly Dictionary<string, GraphValue> values = new(StringComparer.Ordinal);
    private readonly HashSet<string> nodeNames = new(StringComparer.Ordinal);

    /// <summary>The name of the model's class.</summary>
    public string Name { get; } = name;

    /// <summary>The inputs, in the order of <c>forward</c>'s parameters.</summary>
    public IReadOnlyList<GraphValue> Inputs => inputs;

    /// <summary>The results.</summary>
    public IReadOnlyList<GraphValue> Outputs => outputs;

    /// <summary>The nodes, each after the ones whose results it reads.</summary>
    public IReadOnlyList<GraphNode> Nodes => nodes;

    /// <summary>Every value by name.</summary>
    public IReadOnlyDictionary<string, GraphValue> Values => values;

    /// <summary>Adds an input.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public GraphValue AddInput(string name, Shape? shape, ElementType type = ElementType.Float32)
    {
        var value = Add(new GraphValue(name, type, shape));
        inputs.Add(value);
        return value;
    }

    /// <summary>Adds a constant.</summary>
    /// <param name="name">A name, unique in the graph.</param>
    /// <param name="type">The type of the elements.</param>
    /// <param name="shape">The shape; all sizes are fixed.</param>
    /// <param name="data">Little-endian bytes, row-major; empty if only the structure is wanted.</param>
    /// <param name="quantization">What the integers stand for.</param>
    /// <exception cref="ArgumentException">The name is taken, the shape is not fixed, or the data has another length.</exception>
    public GraphValue AddConstant(
        string name, ElementType type, Shape shape, ReadOnlyMemory<byte> data = default, ValueQuantization? quantization = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (!shape.IsFixed)
            throw new ArgumentException($"The constant '{name}' has the shape {shape}; all its sizes must be numbers.");
        var bytes = checked(shape.ElementCount.Size * type.Size());
        if (!data.IsEmpty && data.Length != bytes)
            throw new ArgumentException($"The constant '{name}' of shape {shape} and type {type} takes {bytes} bytes, not {data.Length}.");
        return Add(new GraphValue(name, type, shape) { IsConstant = true, Data = data, Quantization = quantization });
    }

    /// <summary>
    /// Appends a node that computes one value, whose shape is inferred, and which is named as the node.
    /// </summary>
    /// <param name="name">A name, unique in the graph.</param>
    /// <param name="operation">What is computed.</param>
    /// <param name="inputs">What is read, constants last.</param>
    /// <param name="quantization">What the integers of the result stand for; <see langword="null"/> for a float result.</param>
    /// <param name="source">Where the node comes from, for messages.</param>
    /// <exception cref="ArgumentException">The name is taken, an input is of another graph, or the inputs do not fit the operation.</exception>
    public GraphValue Add(
        string name, Operation operation, ReadOnlySpan<GraphValue> inputs, ValueQuantization? quantization = null, string source = "")
    {
        ArgumentNullException.ThrowIfNull(operation);
        foreach (var input in inputs)
        {
            if (!values.TryGetValue(input.Name, out var known) || known != input)
                throw new ArgumentException($"The node '{name}' reads '{input.Name}', which is not a value of this graph.");
        }

        if (!nodeNames.Add(name))
            throw new ArgumentException($"There are two nodes named '{name}'.");

        Shape? shape;
        try
        {
            shape = operation.InferShape(inputs);
        }
        catch (ShapeException e)
        {
            throw new ArgumentException($"The node '{name}' ({operation}): {e.Message}", e);
        }
        catch (OverflowException e)
        {
            throw new ArgumentException($"The node '{name}' ({operation}): its number of elements does not fit an int64.", e);
        }

        var type = quantization is null ? ElementType.Float32 : quantization.Low < 0 ? ElementType.Int8 : ElementType.UInt8;
        var output = Add(new GraphValue(name, type, shape) { Quantization = quantization });
        nodes.Add(new GraphNode(name, operation, inputs.ToArray(), [output]) { Source = source });
        return output;
    }

    /// <summary>Declares a value to be a result.</summary>
    public void AddOutput(GraphValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        outputs.Add(value);
    }

    /// <summary>The graph as text: inputs, a line for each node, results.</summary>
    public override string ToString() =>
        $"{Name}({string.Join(", ", inputs)})\n{string.Concat(nodes.Select(n => $"  {n}\n"))}  return {string.Join(", ", outputs.Select(o => o.Name))}\n";

    private GraphValue Add(GraphValue value) =>
        values.TryAdd(value.Name, value)
            ? value
            : throw new ArgumentException($"There are two values named '{value.Name}'.");
}
