using StickGen.Compression;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>A model of this sample, by the name that the command line has for it.</summary>
/// <param name="Name">The name.</param>
/// <param name="VocabularySize">How many tokens it knows.</param>
/// <param name="Context">The longest context, in tokens.</param>
/// <param name="Recipe">How it is trained.</param>
internal abstract record LanguageModel(string Name, int VocabularySize, int Context, Recipe Recipe)
{
    public static IReadOnlyList<LanguageModel> All { get; } = [LlamaModel.Sample, new GptModel()];

    /// <summary>A model of this sample, or a Llama-like one in a folder.</summary>
    /// <param name="name">Its name, or the folder.</param>
    /// <exception cref="ArgumentException">There is no such model.</exception>
    /// <exception cref="InvalidDataException">What is in the folder is no such model.</exception>
    public static LanguageModel Find(string name) =>
        All.FirstOrDefault(model => model.Name == name)
        ?? (Directory.Exists(name) ? new LlamaModel(name, new LlamaFolder(name).ReadConfig())
            : throw new ArgumentException($"there is no model '{name}'; there are: {string.Join(", ", All.Select(model => model.Name))}, or the folder of a Llama in the Hugging Face format."));

    /// <summary>A new model.</summary>
    /// <param name="linear">Makes the linear layers of its blocks.</param>
    public abstract nn.Module<Tensor, Tensor> Create(LinearLayer linear);

    /// <summary>Draws the first weights.</summary>
    public abstract void Initialize(nn.Module model);

    /// <summary>Copies kept weights over those of a model in float.</summary>
    /// <param name="model">What <see cref="Create"/> made.</param>
    /// <param name="folder">Where they are.</param>
    /// <exception cref="InvalidDataException">They are of another model, or damaged.</exception>
    /// <exception cref="IOException">They cannot be read.</exception>
    public abstract void Read(nn.Module model, string folder);

    /// <summary>Keeps the weights of a model, in float16.</summary>
    public abstract void Write(nn.Module model, string folder);

    /// <summary>The variant of a model that an algorithm quantizes.</summary>
    public abstract (nn.Module<Tensor, Tensor> Module, IFakeQuantized Variant) Compress(nn.Module<Tensor, Tensor> model, CompressionAlgorithm algorithm);
}
