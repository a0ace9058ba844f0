using StickGen.Compression;
using StickGen.PostTraining;
using TinyLlm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.TinyLlm;

/// <summary>A decoder with the quantized layers of a variant computes what the variant does.</summary>
public sealed class HostedModelTests
{
    private static readonly LlamaModel kind = new("small", new()
    {
        VocabSize = 20, HiddenSize = 32, IntermediateSize = 48, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, HeadDim = 8, MaxPositionEmbeddings = 12,
    });

    [Theory]
    [InlineData("rtn", ActivationQuantization.None)]
    [InlineData("rtn", ActivationQuantization.DynamicPerToken)]
    [InlineData("rtn", ActivationQuantization.StaticPerTensor)]
    [InlineData("osl", ActivationQuantization.StaticPerTensor)]
    [InlineData("gptq", ActivationQuantization.None)]
    [InlineData("awq", ActivationQuantization.None)]
    public void Logits_are_those_of_the_variant(string method, ActivationQuantization activations)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        manual_seed(2).Dispose();
        var model = kind.Create(LinearLayers.Float);
        var tokens = randint(20, [3, 12], dtype: ScalarType.Int64);
        var algorithm = new PostTrainingQuantization(new() { Weights = new() { Bits = 4, GroupSize = 16 }, Activations = activations, Steps = Method.Find(method).Steps });
        var quantized = kind.Compress(model, algorithm);
        algorithm.Calibrate(quantized.Variant, [tokens]);

        var hosted = HostedModel.Create(kind, model, algorithm, quantized);
        var logits = hosted.call(tokens);
        Assert.True(quantized.Module.call(tokens).allclose(logits, rtol: 1e-3, atol: 1e-4));
        // And it is not the float model.
        Assert.False(model.call(tokens).allclose(logits, rtol: 1e-3, atol: 1e-4));

        // With kernels, the variant multiplies the same integers in the same order.
        algorithm.UseKernels(quantized.Variant);
        Assert.True(quantized.Module.call(tokens).equal(logits).all().item<bool>());
        Assert.Contains("make layers before UseKernels", Assert.Throws<CompressionException>(() => algorithm.ToLayers(quantized.Variant)).Message);
    }

    [Fact]
    public void Layers_need_a_calibration()
    {
        using var model = kind.Create(LinearLayers.Float);
        var algorithm = new PostTrainingQuantization(new() { Activations = ActivationQuantization.StaticPerTensor });
        var (module, variant) = kind.Compress(model, algorithm);
        using (module)
        {
            Assert.Contains("is not calibrated", Assert.Throws<CompressionException>(() => algorithm.ToLayers(variant)).Message);
            Assert.Contains("is not calibrated", Assert.Throws<CompressionException>(() => algorithm.ToKeyScales(variant)).Message);
        }
    }

    [Theory]
    [InlineData("llama", KeyValuePrecision.Int8PerToken)]
    [InlineData("llama", KeyValuePrecision.Int8PerChannel)]
    [InlineData("gpt", KeyValuePrecision.Int8PerToken)]
    [InlineData("gpt", KeyValuePrecision.Int8PerChannel)]
    public void Token_by_token_with_a_cache_of_integers_is_the_variant_on_the_whole_text(string name, KeyValuePrecision precision)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        manual_seed(3).Dispose();
        LanguageModel model = name == "llama" ? kind : LanguageModel.Find(name);
        var context = model.Context;
        var original = model.Create(LinearLayers.Float);
        var tokens = randint(model.VocabularySize, [2, context], dtype: ScalarType.Int64);
        var algorithm = new PostTrainingQuantization(new() { KeyValueCache = precision });
        var quantized = model.Compress(original, algorithm);
        algorithm.Calibrate(quantized.Variant, [tokens]);
        var format = CacheFormat.Of(algorithm, quantized.Variant);
        var hosted = (ITokenDecoder)HostedModel.Create(model, original, algorithm, quantized);
        // The layers of both multiply the same integers in the same order, so that only attention differs: in the order of its sums.
        algorithm.UseKernels(quantized.Variant);
        var whole = quantized.Module.call(tokens.narrow(0, 0, 1))[0];

        using var cache = hosted.NewCache(format);
        var steps = new List<Tensor>();
        for (var i = 0; i < context; i++)
            steps.Add(hosted.Step(tokens.narrow(0, 0, 1).narrow(1, i, 1), cache));
        var difference = (cat(steps, 0) - whole).abs().max().ToSingle();
        using var reading = new CachedReading(hosted, format);
        var read = (reading.call(tokens)[0] - whole).abs().max().ToSingle();
        using var floats = hosted.NewCache();
        var rounding = (hosted.Read(tokens.narrow(0, 0, 1), floats)[0] - whole).abs().max().ToSingle();
        Assert.True(difference < 0.03f * rounding && read < 0.03f * rounding && rounding > 0, $"{difference}, {read}, and what rounding keys and values changes is {rounding}");

        // Integers and scales, and nothing else.
        Assert.InRange((double)cache.MemoryBytes / floats.MemoryBytes, 0.25, 0.42);
        Assert.Throws<ArgumentException>(() => hosted.NewCache(new(KeyValuePrecision.Int8PerChannel, [])));
    }
}
