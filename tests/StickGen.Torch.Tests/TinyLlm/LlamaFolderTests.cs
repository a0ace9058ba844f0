using StickGen.Torch.Tests.Training;
using TinyLlm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.TinyLlm;

/// <summary>Llamas in the Hugging Face format: they are read whole or not at all, and compute what the format means.</summary>
public sealed class LlamaFolderTests : IDisposable
{
    private static readonly int[] tokens = [3, 7, 1, 1, 10, 0, 4];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    [InlineData("BF16")]
    public void A_file_gives_the_decoder_that_it_describes(string type)
    {
        var weights = LlamaFiles.Tensors();
        LlamaFiles.Write(PathOf("model.safetensors"), weights, type);
        CheckAgainstReference(weights);
    }

    [Fact]
    public void Logits_of_a_tied_model_are_computed_with_its_embedding()
    {
        var weights = LlamaFiles.Tensors();
        weights.Remove("lm_head.weight");
        LlamaFiles.Write(PathOf("model.safetensors"), weights);
        CheckAgainstReference(weights);
    }

    [Fact]
    public void Several_files_are_found_by_their_index()
    {
        var weights = LlamaFiles.Tensors();
        LlamaFiles.Write(PathOf("model-00001-of-00002.safetensors"), weights.Take(7));
        LlamaFiles.Write(PathOf("model-00002-of-00002.safetensors"), weights.Skip(7));
        var map = weights.Keys.Select((name, i) => $"\"{name}\": \"model-0000{(i < 7 ? 1 : 2)}-of-00002.safetensors\"");
        File.WriteAllText(PathOf("model.safetensors.index.json"), $$"""{"metadata": {}, "weight_map": { {{string.Join(",", map)}} } }""");
        CheckAgainstReference(weights);

        File.Delete(PathOf("model-00002-of-00002.safetensors"));
        Assert.Contains("model-00002-of-00002.safetensors", Assert.Throws<FileNotFoundException>(() => Read()).Message);
        File.WriteAllText(PathOf("model.safetensors.index.json"), """{"weight_map": {"model.norm.weight": "../model.safetensors"} }""");
        Assert.Contains("'../model.safetensors'; it has to be in the same folder", Assert.Throws<InvalidDataException>(() => Read()).Message);
        File.WriteAllText(PathOf("model.safetensors.index.json"), "{}");
        Assert.Contains("is no index of weights", Assert.Throws<InvalidDataException>(() => Read()).Message);
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        using var model = new Llama(LlamaFiles.Config, LinearLayers.Float);
        new LlamaFolder(folder.Path).Write(model, LlamaFiles.Config);
        Assert.Equal(LlamaFiles.Config, new LlamaFolder(folder.Path).ReadConfig());
        using var read = Read();
        using var scope = NewDisposeScope();
        foreach (var ((name, expected), (_, actual)) in model.named_parameters().Zip(read.named_parameters()))
            Assert.True(expected.to_type(ScalarType.Float16).to_type(ScalarType.Float32).equal(actual).all().item<bool>(), name);
    }

    [Fact]
    public void Missing_tensors_are_named()
    {
        LlamaFiles.Write(PathOf("model.safetensors"), LlamaFiles.Tensors().Where(tensor => tensor.Key is not "model.layers.1.self_attn.k_proj.weight"));
        Assert.EndsWith("has no 'model.layers.1.self_attn.k_proj.weight'.", Assert.Throws<InvalidDataException>(() => Read()).Message);
        LlamaFiles.Write(PathOf("model.safetensors"), LlamaFiles.Tensors().Where(tensor => !tensor.Key.StartsWith("model.layers.1.", StringComparison.Ordinal)));
        Assert.EndsWith("has no 'model.layers.1.input_layernorm.weight', and lacks 8 more of 21 tensors.", Assert.Throws<InvalidDataException>(() => Read()).Message);
    }

    [Fact]
    public void Tensors_that_do_not_fit_are_named_and_nothing_changes()
    {
        using var model = new Llama(LlamaFiles.Config, LinearLayers.Float);
        using var before = model.named_parameters().First().parameter.clone();
        var weights = LlamaFiles.Tensors();
        weights["model.norm.weight"] = ([13], new float[13]);
        LlamaFiles.Write(PathOf("model.safetensors"), weights);
        Assert.Contains(
            "'model.norm.weight' is F32[13]; that of this network is F32[12]",
            Assert.Throws<InvalidDataException>(() => new LlamaFolder(folder.Path).Read(model)).Message);
        Assert.True(before.equal(model.named_parameters().First().parameter).all().item<bool>());

        LlamaFiles.Write(PathOf("model.safetensors"), LlamaFiles.Tensors().Append(new("model.layers.0.self_attn.q_proj.bias", ([24], new float[24]))));
        Assert.Contains("has a 'model.layers.0.self_attn.q_proj.bias', which is nothing of this decoder", Assert.Throws<InvalidDataException>(() => Read()).Message);
        File.Delete(PathOf("model.safetensors"));
        Assert.Contains("neither 'model.safetensors' nor 'model.safetensors.index.json'", Assert.Throws<FileNotFoundException>(() => Read()).Message);
    }

    [Theory]
    [InlineData("\"vocab_size\": 11,", "", "it has no 'vocab_size'")]
    [InlineData("\"hidden_size\": 12", "\"hidden_size\": 0", "'hidden_size' is 0; it has to be a whole number, at least 1")]
    [InlineData("\"hidden_size\": 12", "\"hidden_size\": \"12\"", "'hidden_size' is \"12\"")]
    [InlineData("\"model_type\": \"llama\"", "\"model_type\": \"mistral\"", "'model_type' is \"mistral\"; this decoder has \"llama\"")]
    [InlineData("\"silu\"", "\"gelu\"", "'hidden_act' is \"gelu\"")]
    [InlineData("\"attention_bias\": false", "\"attention_bias\": true", "'attention_bias' is true; this decoder has no biases")]
    [InlineData("\"rope_scaling\": null", "\"rope_scaling\": {\"factor\": 8}", "'rope_scaling' is {\"factor\": 8}")]
    [InlineData("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", "'num_attention_heads' is 4, no multiple of 'num_key_value_heads', 3")]
    [InlineData("\"head_dim\": 6", "\"head_dim\": 5", "heads are 5 wide")]
    [InlineData("\"rms_norm_eps\": 0.01", "\"rms_norm_eps\": -1", "'rms_norm_eps' is -1; it has to be a number greater than 0")]
    [InlineData("{", "", "not a usable configuration")]
    public void Configurations_that_ask_for_something_else_are_refused(string part, string replacement, string expected)
    {
        File.WriteAllText(PathOf("config.json"), LlamaFiles.ConfigText.Replace(part, replacement, StringComparison.Ordinal));
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => new LlamaFolder(folder.Path).ReadConfig()).Message);
    }

    [Fact]
    public void Configurations_have_defaults()
    {
        File.WriteAllText(
            PathOf("config.json"),
            LlamaFiles.ConfigText.Replace("\"num_attention_heads\": 4, \"num_key_value_heads\": 2, \"head_dim\": 6,", "\"num_attention_heads\": 3,").Replace("\"rope_theta\": 50,", ""));
        Assert.Equal(
            LlamaFiles.Config with { NumAttentionHeads = 3, NumKeyValueHeads = 3, HeadDim = 4, RopeTheta = 10000 }, new LlamaFolder(folder.Path).ReadConfig());
    }

    /// <summary>Damaged files give an error that says so, and nothing else.</summary>
    [Fact]
    public void Damaged_files_are_refused()
    {
        var path = PathOf("model.safetensors");
        LlamaFiles.Write(path, LlamaFiles.Tensors());
        var whole = File.ReadAllBytes(path);
        using var model = new Llama(LlamaFiles.Config, LinearLayers.Float);
        var random = new Random(1);
        for (var i = 0; i < 400; i++)
        {
            var damaged = whole.AsSpan(0, i % 2 == 0 ? whole.Length : random.Next(whole.Length)).ToArray();
            // Mostly in the header.
            for (var j = 0; j < i % 4 && damaged.Length > 0; j++)
                damaged[random.Next(Math.Min(damaged.Length, 2000))] = (byte)random.Next(256);
            File.WriteAllBytes(path, damaged);
            try
            {
                new LlamaFolder(folder.Path).Read(model);
            }
            catch (InvalidDataException e)
            {
                Assert.Contains(folder.Path, e.Message);
            }
        }
    }

    private void CheckAgainstReference(Dictionary<string, (long[] Shape, float[] Values)> weights)
    {
        using var scope = NewDisposeScope();
        using var model = Read();
        var logits = model.call(tensor(Array.ConvertAll(tokens, token => (long)token), [1, tokens.Length]))[0];
        var reference = new ReferenceLlama(LlamaFiles.Config, weights.ToDictionary(pair => pair.Key, pair => pair.Value.Values));
        for (var length = 1; length <= tokens.Length; length++)
        {
            var expected = reference.Logits(tokens[..length]);
            var actual = logits[length - 1].data<float>().ToArray();
            for (var i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], actual[i], 1e-3 * expected.Max(Math.Abs));
        }
    }

    private Llama Read()
    {
        if (!File.Exists(PathOf("config.json")))
            File.WriteAllText(PathOf("config.json"), LlamaFiles.ConfigText);
        var source = new LlamaFolder(folder.Path);
        var model = new Llama(source.ReadConfig(), LinearLayers.Float);
        try
        {
            source.Read(model);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private string PathOf(string name) => folder.File(name);
}
