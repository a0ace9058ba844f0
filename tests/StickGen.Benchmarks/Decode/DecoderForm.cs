using StickGen.Deployment;
using StickGen.PostTraining;
using StickGen.Quantization;

namespace StickGen.Benchmarks.Decode;

/// <summary>How the linear layers of a decoder are quantized.</summary>
internal sealed record DecoderForm(string Name, GroupScheme Scheme, ActivationPrecision Precision)
{
    public static IReadOnlyList<DecoderForm> All { get; } =
    [
        new("w8a16", new() { Bits = 8 }, ActivationPrecision.Float),
        new("w8a8", new() { Bits = 8 }, ActivationPrecision.DynamicInt8),
        new("w4a16", new() { Bits = 4, GroupSize = 64 }, ActivationPrecision.Float),
        new("w4a8", new() { Bits = 4, GroupSize = 64 }, ActivationPrecision.DynamicInt8),
    ];

    /// <summary>What post-training quantization calls <see cref="Precision"/>.</summary>
    public ActivationQuantization Activations => Precision == ActivationPrecision.Float ? ActivationQuantization.None : ActivationQuantization.DynamicPerToken;
}
