using StickGen.Operations;

namespace StickGen.Graphs;

/// <summary>One step of a <see cref="ModelGraph"/>.</summary>
public sealed class GraphNode
{
    internal GraphNode(string name, Operation operation, GraphValue[] inputs, GraphValue[] outputs)
    {
        (Name, Operation, Inputs, Outputs) = (name, operation, inputs, outputs);
        foreach (var input in inputs)
            input.AddConsumer(this);
        foreach (var output in outputs)
            output.Producer = this;
    }

    /// <summary>A name, unique in the graph: the module's path, or that of the enclosing module and the function's name.</summary>
    public string Name { get; }

    /// <summary>What is computed, with its settings.</summary>
    public Operation Operation { get; }

    /// <summary>What is read, constants last (weight, bias).</summary>
    public IReadOnlyList<GraphValue> Inputs { get; }

    /// <summary>What is computed.</summary>
    public IReadOnlyList<GraphValue> Outputs { get; }

    /// <summary>The only output.</summary>
    public GraphValue Output => Outputs.Count == 1
        ? Outputs[0]
        : throw new InvalidOperationException($"The node '{Name}' has {Outputs.Count} outputs.");

    /// <summary>Where the node comes from, for messages: file and line, or empty.</summary>
    public string Source { get; init; } = "";

    /// <inheritdoc/>
    public override string ToString() =>
        $"{string.Join(", ", Outputs)} = {Operation}({string.Join(", ", Inputs.Select(i => i.Name))})  // {Name}";
}
