using System.Text.Json;
using static StickGen.Compression.AlgorithmOptions;

namespace StickGen.Compression;

/// <summary>The options of <see cref="ParameterizedClipping"/>; a plain record, to and from JSON.</summary>
public sealed record ParameterizedClippingOptions
{
    /// <summary>
    /// The factor of <c>Σ α²</c> in the loss, 0 or more. The paper takes that of the weights' decay.
    /// </summary>
    public double ClipDecay { get; init; } = 2e-4;

    /// <summary>
    /// The first <c>α</c> of every activation, a positive number, as in the paper; <see langword="null"/> for the one of least squared
    /// error on the first batch, which suits short fine-tuning of a trained model.
    /// </summary>
    public double? InitialClip { get; init; }

    /// <summary>
    /// Bits of the weights of the first and last layers, of the model's inputs, of what the last layers read, and of what is
    /// computed after them, 2 to 8; <see langword="null"/> for the same as elsewhere. The paper leaves these layers in float. Layers with [KeepFloat] stay so.
    /// </summary>
    public int? FirstAndLastBits { get; init; } = 8;

    /// <summary>
    /// Everything else: weights, and activations that may be negative, are quantized as <see cref="SimulatedQuantization"/> does it,
    /// with <see cref="SimulatedQuantizationOptions.ActivationBits"/> for both kinds of activations.
    /// </summary>
    public SimulatedQuantizationOptions Quantization { get; init; } = new() { WeightBits = 4, ActivationBits = 4 };

    /// <summary>Reads options.</summary>
    /// <exception cref="JsonException">The text is not JSON, or has members that are no options.</exception>
    /// <exception cref="CompressionException">A value is not allowed.</exception>
    public static ParameterizedClippingOptions FromJson(string json)
    {
        var options = Read<ParameterizedClippingOptions>(json);
        options.Validate();
        return options;
    }

    /// <summary>Writes the options.</summary>
    public string ToJson() => Write(this);

    /// <summary>Checks every value.</summary>
    /// <exception cref="CompressionException">A value is not allowed; the message names the option, the value, and what is.</exception>
    public void Validate()
    {
        Require(ClipDecay >= 0 && double.IsFinite(ClipDecay), nameof(ClipDecay), ClipDecay, "0 or more");
        Require(
            InitialClip is null || (InitialClip > 0 && float.IsFinite((float)InitialClip) && (float)InitialClip > 0),
            nameof(InitialClip), InitialClip, "null, or a positive number");
        Require(FirstAndLastBits is null or (>= 2 and <= 8), nameof(FirstAndLastBits), FirstAndLastBits, "null, or 2 to 8");
        Require(Quantization is not null, nameof(Quantization), "null", "options of simulated quantization");
        Quantization!.Validate();
        // A range [0, α] has its zero at the lowest integer.
        Require(
            !Quantization.ActivationSymmetric, $"{nameof(Quantization)}.{nameof(Quantization.ActivationSymmetric)}", Quantization.ActivationSymmetric,
            "False, because a clipped range begins at 0");
        Require(
            Quantization.QuantDelay == 0, $"{nameof(Quantization)}.{nameof(Quantization.QuantDelay)}", Quantization.QuantDelay,
            "0, because clips are learned from the first step on");
    }
}
