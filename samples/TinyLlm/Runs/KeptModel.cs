using TorchSharp;
using static TorchSharp.torch;

/// <summary>A trained float model that is kept in files, and the text it was trained on.</summary>
internal sealed class KeptModel : IDisposable
{
    /// <param name="kind">The model.</param>
    /// <param name="command">Where it is.</param>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="InvalidDataException">Its files do not fit each other.</exception>
    public KeptModel(LanguageModel kind, CommandLine command)
    {
        Kind = kind;
        Folder = FolderOf(kind, command);
        var tokens = Path.Combine(Folder, Path.GetFileName(command.Tokenizer));
        if (!File.Exists(tokens))
            tokens = command.Tokenizer;
        if (!Directory.Exists(Folder) || !File.Exists(tokens))
            throw new FileNotFoundException($"there is no trained model in '{Folder}'; this trains it: TinyLlm train {kind.Name}");
        Text = TextData.Read(command.Text, tokens);
        if (Text.Tokenizer.VocabularySize != kind.VocabularySize)
            throw new InvalidDataException($"'{tokens}' has {Text.Tokenizer.VocabularySize} tokens, and the model {kind.Name} knows {kind.VocabularySize}.");
        Model = kind.Create(LinearLayers.Float);
        kind.Read(Model, Folder);
        Model.eval();
    }

    public LanguageModel Kind { get; }

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    public TextData Text { get; }

    public nn.Module<Tensor, Tensor> Model { get; }

    /// <summary>Where a model is kept: among the checkpoints, or in the folder that was named.</summary>
    public static string FolderOf(LanguageModel kind, CommandLine command) =>
        LanguageModel.All.Contains(kind) ? Path.Combine(command.Checkpoints, kind.Name) : kind.Name;

    public void Dispose() => Model.Dispose();
}
