using StickGen.Deployment;
using StickGen.Planning;
using StickGen.PostTraining;
using TinyLlm.Models;
using static TorchSharp.torch;

namespace StickGen.Benchmarks.Decode;

/// <summary>
/// One step of a deployed decoder in StickGen.Runtime, without TorchSharp: that of <see cref="DecoderModel"/>, and besides the embedding, rotary positions and the layer of logits of a small
/// vocabulary, which are not among the weights that are counted.
/// </summary>
internal sealed class DeployedDecoder : IDisposable
{
    private const int Vocabulary = 256;

    /// <summary>Weights of the layer of logits, in float32.</summary>
    public const long FloatBytes = sizeof(float) * (long)Vocabulary * DecoderModel.Width;

    private readonly QuantizedModel model;
    private readonly TokenDecoder decoder;
    private readonly float[] logits;

    /// <param name="form">Its weights, and how what layers read is quantized.</param>
    /// <param name="threads">Of the computation.</param>
    public DeployedDecoder(DecoderForm form, int threads)
    {
        model = Convert(form, threads);
        decoder = model.CreateDecoder(DecoderModel.Positions);
        logits = new float[decoder.LogitCount];
        decoder.Step([.. Enumerable.Range(0, DecoderModel.Positions).Select(i => i * 7 % Vocabulary)], logits);
    }

    /// <summary>What a step runs.</summary>
    public Plan Plan => decoder.PlanOf(tokens: 1);

    /// <summary>What it goes on from, with room for one more token.</summary>
    public KeyValueCache Cache
    {
        get
        {
            decoder.Truncate(DecoderModel.Positions - 1);
            return decoder.Cache;
        }
    }

    public void Step()
    {
        // The new position takes the place of the last one: the cache does not grow while it is measured.
        decoder.Truncate(DecoderModel.Positions - 1);
        decoder.Step([1], logits);
    }

    public void Dispose() => model.Dispose();

    private static QuantizedModel Convert(DecoderForm form, int threads)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var sizes = new LlamaConfig
        {
            VocabSize = Vocabulary,
            HiddenSize = DecoderModel.Width,
            IntermediateSize = DecoderModel.Hidden,
            NumHiddenLayers = DecoderModel.Layers,
            NumAttentionHeads = DecoderModel.Heads,
            NumKeyValueHeads = DecoderModel.KeyHeads,
            HeadDim = DecoderModel.HeadWidth,
            MaxPositionEmbeddings = DecoderModel.Positions,
        };
        using var model = new Llama(sizes, LinearLayers.Float);
        var algorithm = new PostTrainingQuantization(new() { Weights = form.Scheme, Activations = form.Activations });
        using var variant = algorithm.Apply(model);
        algorithm.Calibrate(variant, [zeros(1, 1, dtype: int64)]);
        return QuantizedModel.FromGraph(algorithm.ToGraph(variant), threads);
    }
}
