using StickGen.Matching;

namespace StickGen.Graphs;

/// <summary>What the names of a pattern stand for where it fits a graph that is being transformed.</summary>
public sealed class GraphMatch
{
    private readonly Dictionary<string, object?> names;
    private readonly Func<GraphValue, GraphValue> copy;

    internal GraphMatch(IReadOnlyList<GraphNode> nodes, Dictionary<string, object?> names, Func<GraphValue, GraphValue> copy) =>
        (Nodes, this.names, this.copy) = (nodes, names, copy);

    /// <summary>The nodes that are replaced, in the order of evaluation.</summary>
    public IReadOnlyList<GraphNode> Nodes { get; }

    /// <summary>A value that the pattern does not look into, in the new graph.</summary>
    /// <exception cref="ArgumentException">The pattern has no such name, or it is no value.</exception>
    public GraphValue Value(string name) => names.GetValueOrDefault(name) is GraphValue value ? copy(value) : throw Missing("value", name);

    /// <summary>The values of a list, in the new graph.</summary>
    /// <exception cref="ArgumentException">The pattern has no such name, or it is no list.</exception>
    public IReadOnlyList<GraphValue> Values(string name) =>
        names.GetValueOrDefault(name) is object[] list ? [.. list.Cast<GraphValue>().Select(copy)] : throw Missing("list", name);

    /// <summary>The node of a module: <c>conv</c> in <c>(conv2d:conv $x)</c>.</summary>
    /// <exception cref="ArgumentException">The pattern has no such name, or it is no module.</exception>
    public GraphNode Node(string name) => (names.TryGetValue(name, out var bound) ? Nodes.FirstOrDefault(node => Equals(EditedGraph.ModuleOf(node), bound)) : null)
        ?? throw Missing("module", name);

    /// <summary>The weights of a module, in the new graph.</summary>
    /// <exception cref="ArgumentException">The pattern has no such name, or it is no module.</exception>
    public IReadOnlyList<GraphValue> Constants(string name) => [.. Node(name).Inputs.Where(input => input.IsConstant).Select(copy)];

    /// <summary>A literal that the pattern captures, or <see langword="null"/> if it is not set there.</summary>
    public double? Number(string name) => names.GetValueOrDefault(name) is SettingValue value ? value.Number : null;

    private static ArgumentException Missing(string what, string name) => new($"The pattern has no {what} named '{name}'.", nameof(name));
}
