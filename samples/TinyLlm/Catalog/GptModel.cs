using TorchSharp;
using static TorchSharp.torch;

/// <summary>The GPT-like one: 2.5 million parameters.</summary>
internal sealed record GptModel() : LanguageModel("gpt", Sizes.MaxPositionEmbeddings, new() { Epochs = 2, LearningRate = 2e-3 })
{
    public static GptConfig Sizes { get; } = new()
    {
        VocabSize = VocabularySize,
        HiddenSize = 256,
        IntermediateSize = 768,
        NumHiddenLayers = 3,
        NumAttentionHeads = 4,
        MaxPositionEmbeddings = 128,
    };

    public override nn.Module<Tensor, Tensor> Create()
    {
        var model = new Gpt(Sizes, Float);
        Initialization.Apply(model, Sizes.NumHiddenLayers, "attention.output.weight", "projection.weight");
        return model;
    }
}
