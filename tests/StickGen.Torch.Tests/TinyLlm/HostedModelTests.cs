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
    public void Layers_need_a_calibration_and_kernels()
    {
        using var model = kind.Create(LinearLayers.Float);
        var algorithm = new PostTrainingQuantization(new() { Activations = ActivationQuantization.StaticPerTensor });
        var (module, variant) = kind.Compress(model, algorithm);
        using (module)
        {
            Assert.Contains("is not calibrated", Assert.Throws<CompressionException>(() => algorithm.ToLayers(variant)).Message);
            using var tokens = randint(20, [1, 12], dtype: ScalarType.Int64);
            algorithm.Calibrate(variant, [tokens]);
            Assert.Contains("There are no kernels for Activations StaticPerTensor", Assert.Throws<CompressionException>(() => algorithm.ToLayers(variant)).Message);
        }
    }
}
