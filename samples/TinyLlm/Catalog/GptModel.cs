using StickGen.Compression;
using StickGen.Graphs;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>The GPT-like decoder that this sample trains: 2.5 million parameters.</summary>
internal sealed record GptModel() : LanguageModel("gpt", Sizes.VocabSize, Sizes.MaxPositionEmbeddings, new() { Epochs = 1, LearningRate = 2e-3 })
{
    public static GptConfig Sizes { get; } = new()
    {
        VocabSize = 1024,
        HiddenSize = 256,
        IntermediateSize = 768,
        NumHiddenLayers = 3,
        NumAttentionHeads = 4,
        MaxPositionEmbeddings = 128,
    };

    public override nn.Module<Tensor, Tensor> Create(LinearLayer linear) => new Gpt(Sizes, linear);

    public override void Initialize(nn.Module model) => Initialization.Apply(model, Sizes.NumHiddenLayers, "attention.output.weight", "projection.weight");

    public override void Read(nn.Module model, string folder) => SafetensorsFile.Load(model, FileIn(folder));

    public override void Write(nn.Module model, string folder)
    {
        using var scope = NewDisposeScope();
        SafetensorsFile.Save(model.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.detach().to_type(ScalarType.Float16)), FileIn(Folder.Create(folder)));
    }

    public override (nn.Module<Tensor, Tensor> Module, IFakeQuantized Variant) Compress(nn.Module<Tensor, Tensor> model, CompressionAlgorithm algorithm)
    {
        var variant = algorithm.Apply((Gpt)model, new Shape("batch", "tokens"));
        return (variant, variant);
    }

    private static string FileIn(string folder) => Path.Combine(folder, "model.safetensors");
}
