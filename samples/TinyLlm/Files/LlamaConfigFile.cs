using System.Text.Json;
using System.Text.Json.Nodes;

/// <summary>The <c>config.json</c> of a Llama-like decoder in the Hugging Face format.</summary>
internal static class LlamaConfigFile
{
    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true };

    /// <summary>Reads sizes, and refuses what the decoder of this sample does not compute.</summary>
    /// <exception cref="InvalidDataException">A value is missing or wrong, or asks for something else; the message names it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static LlamaConfig Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(path));
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException("it is no JSON object.");
            return Read(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new InvalidDataException($"'{path}' is not a usable configuration: {e.Message}", e);
        }
    }

    /// <summary>Writes a configuration that other programs read, too. The file appears complete or not at all.</summary>
    public static void Write(LlamaConfig config, string path)
    {
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["model_type"] = "llama",
            ["vocab_size"] = config.VocabSize,
            ["hidden_size"] = config.HiddenSize,
            ["intermediate_size"] = config.IntermediateSize,
            ["num_hidden_layers"] = config.NumHiddenLayers,
            ["num_attention_heads"] = config.NumAttentionHeads,
            ["num_key_value_heads"] = config.NumKeyValueHeads,
            ["head_dim"] = config.HeadDim,
            ["max_position_embeddings"] = config.MaxPositionEmbeddings,
            ["rms_norm_eps"] = config.RmsNormEps,
            ["rope_theta"] = config.RopeTheta,
            ["hidden_act"] = "silu",
            ["tie_word_embeddings"] = false,
            ["torch_dtype"] = "float16",
        };
        JsonFile.Write(json.ToJsonString(indented), path);
    }

    private static LlamaConfig Read(JsonElement json)
    {
        Require(json, "model_type", "llama");
        Require(json, "hidden_act", "silu");
        foreach (var name in (string[])["attention_bias", "mlp_bias"])
        {
            if (Find(json, name) is { ValueKind: not JsonValueKind.False })
                throw new InvalidDataException($"'{name}' is {json.GetProperty(name).GetRawText()}; this decoder has no biases.");
        }

        if (Find(json, "rope_scaling") is { } scaling)
            throw new InvalidDataException($"'rope_scaling' is {scaling.GetRawText()}; this decoder does not scale rotations.");
        var heads = Size(json, "num_attention_heads");
        var hidden = Size(json, "hidden_size");
        var config = new LlamaConfig
        {
            VocabSize = Size(json, "vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = Size(json, "intermediate_size"),
            NumHiddenLayers = Size(json, "num_hidden_layers"),
            NumAttentionHeads = heads,
            NumKeyValueHeads = Find(json, "num_key_value_heads") is null ? heads : Size(json, "num_key_value_heads"),
            HeadDim = Find(json, "head_dim") is null ? hidden / heads : Size(json, "head_dim"),
            MaxPositionEmbeddings = Size(json, "max_position_embeddings"),
            RmsNormEps = Number(json, "rms_norm_eps"),
            RopeTheta = Find(json, "rope_theta") is null ? 10000 : Number(json, "rope_theta"),
        };
        if (config.NumAttentionHeads % config.NumKeyValueHeads != 0)
            throw new InvalidDataException($"'num_attention_heads' is {config.NumAttentionHeads}, no multiple of 'num_key_value_heads', {config.NumKeyValueHeads}.");
        return config.HeadDim % 2 == 0 && config.HeadDim > 0 ? config : throw new InvalidDataException($"heads are {config.HeadDim} wide; rotary positions need an even width.");
    }

    private static void Require(JsonElement json, string name, string expected)
    {
        if (Find(json, name) is { } value && (value.ValueKind != JsonValueKind.String || value.GetString() != expected))
            throw new InvalidDataException($"'{name}' is {value.GetRawText()}; this decoder has \"{expected}\".");
    }

    private static int Size(JsonElement json, string name) =>
        Find(json, name) is not { } value ? throw Missing(name)
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number > 0 ? number
        : throw new InvalidDataException($"'{name}' is {value.GetRawText()}; it has to be a whole number, at least 1.");

    private static double Number(JsonElement json, string name) =>
        Find(json, name) is not { } value ? throw Missing(name)
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number > 0 ? number
        : throw new InvalidDataException($"'{name}' is {value.GetRawText()}; it has to be a number greater than 0.");

    private static InvalidDataException Missing(string name) => new($"it has no '{name}'.");

    private static JsonElement? Find(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
