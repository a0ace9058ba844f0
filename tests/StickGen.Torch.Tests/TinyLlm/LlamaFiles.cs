using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using TinyLlm.Models;

namespace StickGen.Torch.Tests.TinyLlm;

/// <summary>Small models in the Hugging Face format, written byte by byte without the code that reads them.</summary>
internal static class LlamaFiles
{
    public static LlamaConfig Config { get; } = new()
    {
        VocabSize = 11, HiddenSize = 12, IntermediateSize = 10, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, HeadDim = 6, MaxPositionEmbeddings = 8, RmsNormEps = 0.01, RopeTheta = 50,
    };

    public const string ConfigText =
        """
        {
          "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "bos_token_id": 1,
          "vocab_size": 11, "hidden_size": 12, "intermediate_size": 10, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6,
          "max_position_embeddings": 8, "rms_norm_eps": 0.01, "rope_theta": 50, "rope_scaling": null, "attention_bias": false, "tie_word_embeddings": false
        }
        """;

    /// <summary>All tensors with the names of the format, random.</summary>
    public static Dictionary<string, (long[] Shape, float[] Values)> Tensors(int seed = 1)
    {
        var random = new Random(seed);
        var tensors = new Dictionary<string, (long[], float[])>();
        Add("model.embed_tokens.weight", 11, 12);
        for (var layer = 0; layer < 2; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            Add(prefix + "input_layernorm.weight", 12);
            Add(prefix + "self_attn.q_proj.weight", 24, 12);
            Add(prefix + "self_attn.k_proj.weight", 12, 12);
            Add(prefix + "self_attn.v_proj.weight", 12, 12);
            Add(prefix + "self_attn.o_proj.weight", 12, 24);
            Add(prefix + "post_attention_layernorm.weight", 12);
            Add(prefix + "mlp.gate_proj.weight", 10, 12);
            Add(prefix + "mlp.up_proj.weight", 10, 12);
            Add(prefix + "mlp.down_proj.weight", 12, 10);
        }

        Add("model.norm.weight", 12);
        Add("lm_head.weight", 11, 12);
        return tensors;

        // Values that bfloat16 has, too.
        void Add(string name, params long[] shape) =>
            tensors[name] = (shape, [.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => (random.Next(255) - 127) / 64f)]);
    }

    /// <param name="path">The file.</param>
    /// <param name="tensors">What is in it.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    public static void Write(string path, IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> tensors, string type = "F32")
    {
        var (header, data) = (new Dictionary<string, object> { ["__metadata__"] = new { format = "pt" } }, new MemoryStream());
        foreach (var (name, (shape, values)) in tensors)
        {
            var begin = data.Length;
            data.Write(Bytes(values, type));
            header[name] = new { dtype = type, shape, data_offsets = new[] { begin, data.Length } };
        }

        var json = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(header));
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        File.WriteAllBytes(path, [.. length, .. json, .. data.ToArray()]);
    }

    private static byte[] Bytes(float[] values, string type) => type switch
    {
        "F32" => MemoryMarshal.AsBytes(values.AsSpan()).ToArray(),
        "F16" => MemoryMarshal.AsBytes(Array.ConvertAll(values, value => (Half)value).AsSpan()).ToArray(),
        // The upper half of a float32.
        "BF16" => [.. values.SelectMany(value => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)))],
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}
