using TorchSharp;
using static TorchSharp.torch;

/// <summary>A model of this sample, by the name that the command line has for it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Context">The longest context, in tokens.</param>
/// <param name="Recipe">How it is trained.</param>
internal abstract record LanguageModel(string Name, int Context, Recipe Recipe)
{
    /// <summary>The size of the vocabulary that all models share.</summary>
    public const int VocabularySize = 1024;

    public static IReadOnlyList<LanguageModel> All { get; } = [new LlamaModel(), new GptModel()];

    /// <summary>Makes linear layers in float.</summary>
    protected static LinearLayer Float { get; } = static (inputs, outputs, hasBias) => nn.Linear(inputs, outputs, hasBias);

    /// <exception cref="ArgumentException">There is no such model.</exception>
    public static LanguageModel Find(string name) =>
        All.FirstOrDefault(model => model.Name == name)
        ?? throw new ArgumentException($"there is no model '{name}'; there are: {string.Join(", ", All.Select(model => model.Name))}.");

    /// <summary>A new float model whose weights are drawn at random.</summary>
    public abstract nn.Module<Tensor, Tensor> Create();
}
