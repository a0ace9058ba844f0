using StickGen.Compression;
using StickGen.Graphs;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>A Llama-like decoder.</summary>
internal sealed record LlamaModel(string Name, LlamaConfig Sizes)
    : LanguageModel(Name, Sizes.VocabSize, Sizes.MaxPositionEmbeddings, new() { Epochs = 2, LearningRate = 2e-3 })
{
    /// <summary>The one that this sample trains: 3.3 million parameters.</summary>
    public static LlamaModel Sample { get; } = new("llama", new()
    {
        VocabSize = 1024,
        HiddenSize = 256,
        IntermediateSize = 640,
        NumHiddenLayers = 4,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        HeadDim = 64,
        MaxPositionEmbeddings = 128,
    });

    public override nn.Module<Tensor, Tensor> Create(LinearLayer linear) => new Llama(Sizes, linear);

    public override void Initialize(nn.Module model) => Initialization.Apply(model, Sizes.NumHiddenLayers, "attention.output.weight", "feedForward.down.weight");

    public override void Read(nn.Module model, string folder) => new LlamaFolder(folder).Read((Llama)model);

    public override void Write(nn.Module model, string folder) => new LlamaFolder(folder).Write((Llama)model, Sizes);

    public override (nn.Module<Tensor, Tensor> Module, IFakeQuantized Variant) Compress(nn.Module<Tensor, Tensor> model, CompressionAlgorithm algorithm)
    {
        var variant = algorithm.Apply((Llama)model, new Shape("batch", "tokens"));
        return (variant, variant);
    }
}
