using StickGen.Deployment;
using StickGen.Format;
using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Operations;
using StickGen.Planning;

namespace StickGen.Decoding;

/// <summary>The plans of a model as a decoder, by the number of new tokens; all decoders of the model share them.</summary>
internal sealed class DecoderPlans
{
    private readonly PlanCache all;
    private readonly PlanCache last;

    /// <exception cref="NotSupportedException">The model is no such decoder.</exception>
    public DecoderPlans(ModelGraph graph, ModelSource source, IKernels kernels, PackedWeights weights, int threads)
    {
        Decoder = DecoderGraph.Of(graph);
        all = new(Decoder.Graph, source, kernels, weights, threads);
        last = new(WithLastLogits(Decoder.Graph), source, kernels, weights, threads);
    }

    public DecoderGraph Decoder { get; }

    /// <summary>The logits of a token.</summary>
    public int Logits => (int)Decoder.Graph.Outputs[0].Shape![-1].Size;

    /// <summary>The plan for a number of new tokens.</summary>
    /// <param name="tokens">How many.</param>
    /// <param name="onlyLast">Whether only the logits of the last one are wanted.</param>
    public ContextPool Get(int tokens, bool onlyLast) => (onlyLast && tokens > 1 ? last : all).Get([(long)tokens]);

    /// <summary>The graph whose last layer computes the logits of the last token alone; where the last node is no layer, they are all computed, and the last are taken.</summary>
    private static ModelGraph WithLastLogits(ModelGraph graph)
    {
        var copy = new ModelGraph(graph.Name);
        var output = graph.Outputs[0];
        var values = new Dictionary<GraphValue, GraphValue>();
        foreach (var input in graph.Inputs)
            values.Add(input, copy.AddInput(input.Name, input.Shape, input.Type));
        foreach (var constant in graph.Values.Values.Where(v => v.IsConstant))
            values.Add(constant, copy.AddConstant(constant.Name, constant.Type, constant.Shape!, constant.Data, constant.Quantization));
        foreach (var node in graph.Nodes)
        {
            GraphValue[] inputs = [.. node.Inputs.Select(i => values[i])];
            if (node.Output == output && node.Operation is Linear or GroupedLinear)
                inputs[0] = Last(inputs[0]);
            values.Add(node.Output, copy.Add(node.Name, node.Operation, inputs, node.Output.Quantization, node.Source));
        }

        copy.AddOutput(output.Producer!.Operation is Linear or GroupedLinear ? values[output] : Last(values[output]));
        return copy;

        GraphValue Last(GraphValue value) => copy.Add($"{value.Name}.last·", new Slice(-2, -1, 1), [value]);
    }
}
