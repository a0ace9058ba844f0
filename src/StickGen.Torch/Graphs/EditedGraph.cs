using StickGen.Matching;
using StickGen.Rules;

namespace StickGen.Graphs;

/// <summary>A graph as patterns see it: operands are what is computed, and weights are the module.</summary>
internal sealed class EditedGraph : IPatternGraph<GraphNode, GraphValue>
{
    public GraphNode? Producer(GraphValue value) => value.Producer is { Outputs.Count: 1 } node && Kinds.NodeKinds.Exists(OperationKinds.Of(node)) ? node : null;

    public GraphValue Output(GraphNode node) => node.Output;

    public string Kind(GraphNode node) => OperationKinds.Of(node);

    public IReadOnlyList<GraphValue> Operands(GraphNode node) => [.. node.Inputs.Where(input => !input.IsConstant)];

    public object? Module(GraphNode node) => ModuleOf(node);

    public SettingValue? Setting(GraphNode node, string name) => NodeSettings.Of(node.Operation, name);

    public string Describe(GraphNode node) => node.Name;

    /// <summary>Nodes with the same weights are one module; one without weights is a module of its own.</summary>
    public static object ModuleOf(GraphNode node) => node.Inputs.FirstOrDefault(input => input.IsConstant) ?? (object)node;
}
