using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Decoding;

/// <summary>
/// What a model that reads whole texts computes of the tokens that come next: the same graph with a cache in each causal attention, and with tables of positions read from where the text has come to.
/// </summary>
/// <remarks>
/// A value that depends on tokens has one dimension that goes along them. Every operation has to leave that as it is and compute each position by itself, as is checked node by node; causal
/// attention alone looks at positions before. What does not is refused.
/// </remarks>
internal sealed class DecoderGraph
{
    private readonly ModelGraph source;
    private readonly ModelGraph graph;
    private readonly string tokens;
    private readonly Dictionary<GraphValue, GraphValue> values = [];
    private readonly List<KeyValueSizes> layers = [];
    private (int Length, string Name)? table;

    private DecoderGraph(ModelGraph source, string tokens) => (this.source, this.tokens, graph) = (source, tokens, new(source.Name));

    /// <summary>The graph; the only open size is the number of new tokens.</summary>
    public ModelGraph Graph => graph;

    /// <summary>What each attention keeps.</summary>
    public IReadOnlyList<KeyValueSizes> Layers => layers;

    /// <summary>The shortest table of positions, which no text can be longer than, and the node that reads it.</summary>
    public (int Length, string Name)? Table => table;

    /// <exception cref="NotSupportedException">The model is no such decoder; the message names the node and says why.</exception>
    public static DecoderGraph Of(ModelGraph source)
    {
        if (source is not { Inputs: [{ Type: ElementType.Int32, Shape: { Rank: >= 1 } shape } input], Outputs: [var output] })
            throw new NotSupportedException($"{source.Name} is no decoder: one input of tokens and one output are expected, and it has {Listed(source.Inputs)} and {Listed(source.Outputs)}.");
        if (shape[-1] is not { Symbol: { } tokens, Factor: 1 } || shape.SkipLast(1).Any(d => d.Symbol == tokens || d.Factor != 1))
            throw new NotSupportedException($"{source.Name} is no decoder of single texts: its input '{input.Name}' has the shape {shape}; a batch and a number of tokens that has a name are expected.");
        var result = new DecoderGraph(source, tokens);
        result.Build();
        if (result.values[output].Shape is not { Rank: >= 2 } logits || result.TokensOf(result.values[output]) != logits.Rank - 2 || !logits[-1].IsFixed)
            throw new NotSupportedException($"{source.Name} is no decoder: its output {output} does not have logits for each token.");
        result.graph.AddOutput(result.values[output]);
        return result;
    }

    private static string Listed(IEnumerable<GraphValue> values) => string.Join(", ", values);

    private void Build()
    {
        var input = source.Inputs[0];
        values.Add(input, graph.AddInput(input.Name, Bound(input.Shape!), input.Type));
        foreach (var constant in source.Values.Values.Where(v => v.IsConstant))
            values.Add(constant, graph.AddConstant(constant.Name, constant.Type, constant.Shape!, constant.Data, constant.Quantization));
        foreach (var node in source.Nodes)
        {
            try
            {
                values.Add(node.Output, Derive(node));
            }
            catch (Exception e) when (e is RefusedException or ArgumentException)
            {
                throw new NotSupportedException($"{source.Name} cannot go on with a text. The node '{node.Name}' ({node.Operation.Kind}): {e.Message}", e);
            }
        }
    }

    private GraphValue Derive(GraphNode node)
    {
        var inputs = node.Inputs.Select(i => values[i]).ToArray();
        switch (node.Operation)
        {
            case ScaledDotProductAttention attention when inputs.Any(i => TokensOf(i) is not null):
                return Attend(node, attention, inputs);
            case Slice slice when slice.Length.Symbol == tokens:
                return Position(node, slice);
            default:
                var operation = Bound(node.Operation);
                // Before, because of some operations nothing can be seen in the shape of the result.
                PositionWise.Check(operation, inputs, Array.ConvertAll(inputs, TokensOf));
                var output = graph.Add(node.Name, operation, inputs, node.Output.Quantization, node.Source);
                PositionWise.CheckResult(operation, inputs, output, Array.Find(Array.ConvertAll(inputs, TokensOf), t => t is not null), TokensOf(output));
                return output;
        }
    }

    private GraphValue Attend(GraphNode node, ScaledDotProductAttention attention, GraphValue[] inputs)
    {
        if (!attention.IsCausal)
            throw new RefusedException("each token is given what comes after it, because it is not causal.");
        if (inputs.Any(i => i.Shape is not { } shape || TokensOf(i) != shape.Rank - 2))
            throw new RefusedException($"queries {inputs[0]}, keys {inputs[1]} and values {inputs[2]} do not have tokens in their last dimension but one.");
        // Heads that are repeated are kept once.
        if (Repeated(node.Inputs[1]) is { } keys && Repeated(node.Inputs[2]) is { } values && keys.Repeats == values.Repeats)
            (inputs[1], inputs[2]) = (keys.Value, values.Value);
        var (key, value) = (inputs[1].Shape!, inputs[2].Shape!);
        layers.Add(new((int)key.SkipLast(2).Aggregate(1L, (product, d) => product * d.Size), (int)key[-1].Size, (int)value[-1].Size));
        return graph.Add(node.Name, new CachedAttention(layers.Count - 1), inputs, node.Output.Quantization, node.Source);
    }

    /// <summary>What a node repeats of which this is the result, if it repeats heads.</summary>
    private (GraphValue Value, long Repeats)? Repeated(GraphValue value) =>
        value is { Shape.Rank: var rank, Producer: { Operation: RepeatInterleave repeat } producer } && (repeat.Axis < 0 ? repeat.Axis + rank : repeat.Axis) == rank - 3
            ? (values[producer.Inputs[0]], repeat.Repeats)
            : null;

    private GraphValue Position(GraphNode node, Slice slice)
    {
        if (node.Inputs[0].Producer is not { Operation: State } state)
            throw new RefusedException($"it takes as many elements as there are tokens of '{node.Inputs[0].Name}', which is no parameter or buffer.");
        if (slice is not { Start: 0, Step: 1 } || slice.Length.Factor != 1)
            throw new RefusedException($"it takes {slice.Length} elements from {slice.Start} on at a distance of {slice.Step}; positions begin at 0, with one element for each token.");
        var constant = values[state.Inputs[0]];
        var axis = ShapeChecks.Axis(constant.Shape!, slice.Axis);
        var length = (int)constant.Shape![axis].Size;
        if (table is null || length < table.Value.Length)
            table = (length, node.Name);
        return graph.Add(node.Name, new PositionSlice(axis, slice.Length), [constant], null, node.Source);
    }

    /// <summary>The dimension that goes along tokens, if there is one.</summary>
    private int? TokensOf(GraphValue value)
    {
        if (value.Shape is not { } shape)
            throw new RefusedException($"the shape of '{value.Name}' is not known.");
        int? axis = null;
        for (var i = 0; i < shape.Rank; i++)
        {
            if (shape[i].IsFixed)
                continue;
            if (shape[i] is not { Symbol: { } symbol, Factor: 1 } || symbol != tokens || axis is not null)
                throw new RefusedException($"'{value.Name}' has the shape {shape}, in which no single dimension goes along tokens.");
            axis = i;
        }

        return axis;
    }

    private Operation Bound(Operation operation) => operation switch
    {
        Reshape reshape => new Reshape([.. reshape.Target.Select(Bound)]),
        Expand expand => new Expand(Bound(expand.Target)),
        Slice slice => slice with { Length = Bound(slice.Length) },
        _ => operation,
    };

    private Shape Bound(Shape shape) => new([.. shape.Select(Bound)]);

    /// <summary>There is one text.</summary>
    private Dimension Bound(Dimension dimension) => dimension.Symbol is null || dimension.Symbol == tokens ? dimension : dimension.Factor;
}
