using TorchSharp;
using static TorchSharp.torch;

/// <summary>The Llama-like one: 3.3 million parameters.</summary>
internal sealed record LlamaModel() : LanguageModel("llama", Sizes.MaxPositionEmbeddings, new() { Epochs = 2, LearningRate = 2e-3 })
{
    public static LlamaConfig Sizes { get; } = new()
    {
        VocabSize = VocabularySize,
        HiddenSize = 256,
        IntermediateSize = 640,
        NumHiddenLayers = 4,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        HeadDim = 64,
        MaxPositionEmbeddings = 128,
    };

    public override nn.Module<Tensor, Tensor> Create()
    {
        var model = new Llama(Sizes, Float);
        Initialization.Apply(model, Sizes.NumHiddenLayers, "attention.output.weight", "feedForward.down.weight");
        return model;
    }
}
