using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Matching;
using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Rules;

/// <summary>What the names in a pattern stand for at one place of a model, and what is around it.</summary>
public sealed class RuleMatch
{
    private readonly TracedModel model;
    private readonly IReadOnlyList<TracedNode> traced;
    private readonly Dictionary<string, object?> names;
    private readonly Func<nn.Module, nn.Module>? map;

    internal RuleMatch(TracedModel model, IReadOnlyList<TracedNode> nodes, IEnumerable<KeyValuePair<string, object?>> names)
        : this(model, nodes, new(names, StringComparer.Ordinal), null)
    {
    }

    private RuleMatch(TracedModel model, IReadOnlyList<TracedNode> nodes, Dictionary<string, object?> names, Func<nn.Module, nn.Module>? map) =>
        (this.model, traced, this.names, this.map) = (model, nodes, names, map);

    /// <summary>The nodes of the float graph that matched, in the order of evaluation; the last one's value is the result.</summary>
    public IReadOnlyList<GraphNode> Nodes => [.. traced.Select(n => n.Node)];

    /// <summary>The value that the nodes compute.</summary>
    public GraphValue Output => traced[^1].Output;

    /// <summary>A module.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="name">Its name in the pattern.</param>
    /// <exception cref="CompressionException">The match has no such name, or the module is of another type.</exception>
    public T Module<T>(string name)
        where T : nn.Module => FindModule<T>(name) ?? throw Missing("module", name);

    /// <summary>A module, or <see langword="null"/> if it is in an alternative that did not match.</summary>
    /// <inheritdoc cref="Module{T}"/>
    public T? FindModule<T>(string name)
        where T : nn.Module
    {
        if (names.GetValueOrDefault(name) is not nn.Module original)
            return null;
        var module = map is null ? original : map(original);
        return module as T ?? throw new CompressionException($"'{name}' is a {module.GetType().Name}, not a {typeof(T).Name}.");
    }

    /// <summary>A literal that the pattern captures: <c>slope</c> in <c>leaky_relu(x, slope)</c>. Of a module its setting.</summary>
    /// <exception cref="CompressionException">The match has no such name.</exception>
    public double Number(string name) => FindNumber(name) ?? throw Missing("number", name);

    /// <summary>A literal that the pattern captures, or <see langword="null"/> if it is in an alternative that did not match, or is not set.</summary>
    public double? FindNumber(string name) => names.GetValueOrDefault(name) is SettingValue value ? value.Number : null;

    /// <summary>A value of the float graph: its <see cref="GraphValue.Shape"/>, its <see cref="GraphValue.Type"/>, who reads it.</summary>
    /// <exception cref="CompressionException">The match has no such name.</exception>
    public GraphValue Value(string name) => FindValue(name) ?? throw Missing("tensor", name);

    /// <summary>A value of the float graph, or <see langword="null"/> if it is in an alternative that did not match.</summary>
    public GraphValue? FindValue(string name) => names.GetValueOrDefault(name) as GraphValue;

    /// <summary>The values of a list.</summary>
    /// <exception cref="CompressionException">The match has no such name.</exception>
    public IReadOnlyList<GraphValue> Values(string name) => FindValues(name) ?? throw Missing("list of tensors", name);

    /// <summary>The values of a list, or <see langword="null"/> if it is in an alternative that did not match.</summary>
    public IReadOnlyList<GraphValue>? FindValues(string name) => names.GetValueOrDefault(name) is object[] list ? [.. list.Cast<GraphValue>()] : null;

    /// <summary>Whether a value is the same in every forward: a parameter or buffer, or made of nothing else.</summary>
    public bool IsConstant(GraphValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.IsConstant || value.Producer is { Operation: State or Create } || (value.Producer is { Inputs.Count: > 0 } node && node.Inputs.All(IsConstant));
    }

    /// <summary>Whether one node alone reads a value, once, and the model does not return it.</summary>
    public bool IsUsedOnce(GraphValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.Consumers.Count == 1 && !model.Graph.Outputs.Contains(value);
    }

    /// <summary>Whether <c>forward</c> calls a module of the match more than once, so that what is folded into it would change the other calls.</summary>
    /// <param name="name">Its name in the pattern.</param>
    /// <exception cref="CompressionException">The match has no such name.</exception>
    public bool IsShared(string name) =>
        names.GetValueOrDefault(name) is nn.Module module ? model.Nodes.Count(n => n.Module == module) > 1 : throw Missing("module", name);

    /// <summary>The original module that computes the result, if one does.</summary>
    internal nn.Module? ModuleOfLast => traced[^1].Module;

    /// <summary>The original modules of the match, in the order of evaluation.</summary>
    internal IEnumerable<nn.Module> Modules => traced.Select(n => n.Module).OfType<nn.Module>().Distinct();

    internal RuleMatch Map(Func<nn.Module, nn.Module> copies) => new(model, traced, names, copies);

    private static CompressionException Missing(string what, string name) => new($"The pattern has no {what} named '{name}'.");
}
