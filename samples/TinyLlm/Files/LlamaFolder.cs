using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>
/// A Llama-like decoder in the Hugging Face format: <c>config.json</c>, and <c>model.safetensors</c>, or several such files with <c>model.safetensors.index.json</c>.
/// </summary>
internal sealed class LlamaFolder(string folder)
{
    private const string Weights = "model.safetensors", Index = "model.safetensors.index.json", Config = "config.json";

    /// <summary>The sizes.</summary>
    /// <exception cref="InvalidDataException">The configuration asks for what <see cref="Llama"/> does not compute, or lacks something.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public LlamaConfig ReadConfig() => LlamaConfigFile.Read(Path.Combine(folder, Config));

    /// <summary>Copies the weights over those of a decoder of these sizes, from float32, float16 or bfloat16.</summary>
    /// <param name="model">The decoder, whose linear layers are in float.</param>
    /// <exception cref="InvalidDataException">A tensor is missing or of other sizes; the message names it.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public void Read(Llama model)
    {
        var readers = new Dictionary<string, SafetensorsReader>();
        try
        {
            var fileOf = FindFiles(readers);
            var targets = model.named_parameters().ToDictionary(p => LlamaNames.InFile(p.name), p => (Tensor)p.parameter);
            // Where it is not written, logits are computed with the embedding.
            var sources = targets.Keys.ToDictionary(name => name, name => name == LlamaNames.Head && !fileOf.ContainsKey(name) ? LlamaNames.Embedding : name);
            if (sources.Values.Except(fileOf.Keys).ToList() is [var first, ..] missing)
                throw new InvalidDataException($"'{folder}' has no '{first}'{(missing.Count == 1 ? "" : $", and lacks {missing.Count - 1} more of {targets.Count} tensors")}.");
            if (fileOf.Keys.FirstOrDefault(name => !targets.ContainsKey(name) && !IsTable(name)) is { } unknown)
                throw new InvalidDataException($"'{folder}' has a '{unknown}', which is nothing of this decoder.");
            // Before anything changes.
            foreach (var (name, source) in sources)
                fileOf[source].Check(source, targets[name]);
            foreach (var (name, source) in sources)
                fileOf[source].Read(source, targets[name]);
        }
        finally
        {
            foreach (var reader in readers.Values)
                reader.Dispose();
        }
    }

    /// <summary>Writes a decoder: its weights in float16.</summary>
    public void Write(Llama model, LlamaConfig config)
    {
        Folder.Create(folder);
        using var scope = NewDisposeScope();
        var tensors = model.named_parameters().ToDictionary(p => LlamaNames.InFile(p.name), p => p.parameter.detach().to_type(ScalarType.Float16));
        SafetensorsFile.Save(tensors, Path.Combine(folder, Weights), new Dictionary<string, string> { ["format"] = "pt" });
        LlamaConfigFile.Write(config, Path.Combine(folder, Config));
    }

    /// <summary>Rotations, which older files have beside the weights; they follow from the sizes.</summary>
    private static bool IsTable(string name) => name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);

    private Dictionary<string, SafetensorsReader> FindFiles(Dictionary<string, SafetensorsReader> readers)
    {
        if (File.Exists(Path.Combine(folder, Weights)))
            return Open(Weights).Names.ToDictionary(name => name, _ => Open(Weights));
        var index = Path.Combine(folder, Index);
        if (!File.Exists(index))
            throw new FileNotFoundException($"there is neither '{Weights}' nor '{Index}' in '{Path.GetFullPath(folder)}'.");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(index));
            var files = json.RootElement.GetProperty("weight_map").Deserialize<Dictionary<string, string>>()!;
            if (files.Values.FirstOrDefault(file => Path.GetFileName(file) != file) is { } outside)
                throw new InvalidDataException($"'{index}' names the file '{outside}'; it has to be in the same folder.");
            return files.ToDictionary(pair => pair.Key, pair => Open(pair.Value));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"'{index}' is no index of weights: {e.Message}", e);
        }

        SafetensorsReader Open(string file) => readers.TryGetValue(file, out var reader) ? reader : readers[file] = new(Path.Combine(folder, file));
    }
}
