using StickGen.Operations;

namespace StickGen.Graphs;

/// <summary>What one node costs.</summary>
/// <param name="Node">The node.</param>
/// <param name="Macs">Multiplications with an addition; <see langword="null"/> if a size that they depend on is not known.</param>
/// <param name="Parameters">The elements of its trained constants; of constants that several nodes read, at the first.</param>
public sealed record NodeStatistics(GraphNode Node, long? Macs, long Parameters);

/// <summary>
/// The size and the cost of a traced model. Multiplications are counted as publications do: those of convolutions, linear layers,
/// matrix products and attention, and none of norms, activations and pools.
/// </summary>
public sealed class ModelStatistics
{
    private ModelStatistics(IReadOnlyList<NodeStatistics> nodes) => Nodes = nodes;

    /// <summary>Each node, in the order of the graph.</summary>
    public IReadOnlyList<NodeStatistics> Nodes { get; }

    /// <summary>The number of trained parameters.</summary>
    public long Parameters => Nodes.Sum(node => node.Parameters);

    /// <summary>All multiplications with an addition; <see langword="null"/> if those of some node are not known.</summary>
    public long? Macs => Nodes.Any(node => node.Macs is null) ? null : Nodes.Sum(node => node.Macs);

    /// <summary>Counts a graph.</summary>
    /// <param name="graph">The graph of a live model.</param>
    /// <param name="sizes">The sizes of dynamic dimensions by name; 1 for those that are not there, so that one sample is counted.</param>
    public static ModelStatistics Of(ModelGraph graph, IReadOnlyDictionary<string, long>? sizes = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var counted = new HashSet<GraphValue>();
        var nodes = new List<NodeStatistics>();
        foreach (var node in graph.Nodes)
            nodes.Add(new(node, Count(node, sizes ?? new Dictionary<string, long>()), Trained(node).Where(counted.Add).Sum(value => value.Shape!.ElementCount.Size)));
        return new(nodes);
    }

    private static IEnumerable<GraphValue> Trained(GraphNode node) => node.Operation switch
    {
        // The statistics of a batch normalization are not trained.
        BatchNorm => node.Inputs.Skip(1).Take(2),
        State { IsParameter: false } => [],
        // Scales and zero points say what the weight is.
        GroupedLinear grouped => node.Inputs.Where((_, i) => i == 1 || i > grouped.Weights),
        _ => node.Inputs.Where(input => input.IsConstant),
    };

    private static long? Count(GraphNode node, IReadOnlyDictionary<string, long> sizes)
    {
        var (input, output) = (node.Inputs.Count > 0 ? node.Inputs[0].Shape : null, node.Output.Shape);
        return node.Operation switch
        {
            Conv2d or Linear or GroupedLinear or Convolution { OutputPadding: null } => Elements(output) * PerOutput(node.Inputs[1].Shape!),
            Convolution => Elements(input) * PerOutput(node.Inputs[1].Shape!),
            MatMul => Elements(output) * (input is null ? null : Size(input[-1])),
            ScaledDotProductAttention => Attention(node),
            Opaque or Call => null,
            _ => 0,
        };

        long? Attention(GraphNode attention) => attention.Inputs[0].Shape is { } query && attention.Inputs[1].Shape is { } key
            ? (Elements(query) + Elements(output)) * Size(key[-2])
            : null;

        long? Elements(Shape? shape) => shape?.Aggregate((long?)1, (product, size) => product * Size(size));

        long? Size(Dimension size) =>
            size.IsUnknown ? null : size.Symbol is { } name ? size.Factor * sizes.GetValueOrDefault(name, 1) : size.Size;
    }

    /// <summary>The weights that each output of a layer, or each input of a transposed one, is multiplied with.</summary>
    private static long PerOutput(Shape weight) => weight.ElementCount.Size / weight[0].Size;
}
