using StickGen.Compression;
using StickGen.PostTraining;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>The decoder with the quantized layers of a variant, which compute with integers, and with all other weights of the variant.</summary>
internal static class HostedModel
{
    /// <param name="kind">The model.</param>
    /// <param name="original">It in float, of which the variant was made: the variant borrows what it cannot make again, such as embeddings.</param>
    /// <param name="algorithm">What calibrated the variant.</param>
    /// <param name="quantized">The variant.</param>
    public static nn.Module<Tensor, Tensor> Create(
        LanguageModel kind, nn.Module original, PostTrainingQuantization algorithm, (nn.Module<Tensor, Tensor> Module, IFakeQuantized Variant) quantized)
    {
        var layers = algorithm.ToLayers(quantized.Variant);
        var model = kind.Create((name, _, _, _) => layers[name]);
        using var noGradient = no_grad();
        var weights = original.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach (var (name, parameter) in quantized.Module.named_parameters())
            weights[name] = parameter;
        // Those of quantized layers are no parameters any more.
        foreach (var (name, parameter) in model.named_parameters())
            parameter.copy_(weights[name]);
        model.eval();
        return model;
    }
}
