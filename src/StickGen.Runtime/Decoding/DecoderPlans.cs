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
        var output = graph.Outputs[0];
        var isLayer = output.Producer!.Operation is Linear or GroupedLinear;
        return new GraphCopy(graph)
        {
            Replacement = (node, fragment) => isLayer && node.Output == output ? fragment.Add(node, [Last(fragment, fragment.Inputs[0]), .. fragment.Inputs.Skip(1)]) : null,
            After = (original, copy, fragment) => isLayer || original != output ? copy : Last(fragment, copy),
        }.Run();

        static GraphValue Last(GraphFragment fragment, GraphValue value) => fragment.Add($"{value.Name}.last·", new Slice(-2, -1, 1), [value]);
    }
}
