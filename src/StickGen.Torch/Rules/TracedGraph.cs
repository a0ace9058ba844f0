using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Matching;

namespace StickGen.Rules;

/// <summary>The flat graph of a live model, as patterns are matched in it.</summary>
internal sealed class TracedGraph(TracedModel model) : IPatternGraph<TracedNode, GraphValue>
{
    private readonly Dictionary<GraphValue, TracedNode> producers = model.Nodes.ToDictionary(n => n.Output);

    public TracedNode? Producer(GraphValue value) => producers.GetValueOrDefault(value);

    public GraphValue Output(TracedNode node) => node.Output;

    public string Kind(TracedNode node) => node.Kind;

    public IReadOnlyList<GraphValue> Operands(TracedNode node) => node.Inputs;

    public object? Module(TracedNode node) => node.Module;

    public SettingValue? Setting(TracedNode node, string name) => NodeSettings.Of(node.Node.Operation, name);

    public string Describe(TracedNode node) => node.Name;
}
