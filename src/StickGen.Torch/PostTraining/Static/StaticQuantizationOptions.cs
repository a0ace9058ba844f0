using System.Text.Json;
using StickGen.Compression;
using static StickGen.Compression.AlgorithmOptions;

namespace StickGen.PostTraining;

/// <summary>The options of <see cref="StaticQuantization"/>; a plain record, to and from JSON.</summary>
public sealed record StaticQuantizationOptions
{
    /// <summary>Bits of weights, 2 to 8.</summary>
    public int WeightBits { get; init; } = 8;

    /// <summary>Bits of activations, 2 to 8.</summary>
    public int ActivationBits { get; init; } = 8;

    /// <summary>Bits of values that additions read, 2 to 8; <see langword="null"/> for <see cref="ActivationBits"/>.</summary>
    public int? SumBits { get; init; }

    /// <summary>Whether each output channel of a weight has a scale of its own.</summary>
    public bool WeightPerChannel { get; init; } = true;

    /// <summary>How the ranges of weights are found.</summary>
    public WeightRange WeightRange { get; init; } = WeightRange.LeastSquares;

    /// <summary>How the ranges of activations are found, from what the float network computes of the calibration data.</summary>
    public ActivationRange ActivationRange { get; init; }

    /// <summary>
    /// With <see cref="ActivationRange.Percentile"/>, the share of values that is not above the range, in percent, and neither
    /// below it. More than 50, up to 100.
    /// </summary>
    public double Percentile { get; init; } = 99.99;

    /// <summary>Bits of single layers that differ from these.</summary>
    public BitPlan Layers { get; init; } = BitPlan.Empty;

    /// <summary>Whether rewrite rules are applied.</summary>
    public bool EnableFusion { get; init; } = true;

    /// <summary>
    /// Cross-layer equalization: whether the channels between two layers are scaled so that both weights have the same range there (Nagel et al. 2019, arXiv:1906.04721, section 4.1). The float network
    /// computes the same afterwards. It matters most with <see cref="WeightPerChannel"/> off.
    /// </summary>
    public bool Equalize { get; init; }

    /// <summary>
    /// With <see cref="Equalize"/>, whether a ReLU6 that is between two layers becomes a ReLU, as in the paper, because channels cannot be scaled through a ReLU6. The network is another one then, wherever a value was
    /// above 6.
    /// </summary>
    public bool ReplaceRelu6 { get; init; }

    /// <summary>Bias correction: whether the mean error that rounding makes in each channel is subtracted from the bias, layer by layer (the same paper, section 4.2; empirically, on the calibration data).</summary>
    public bool CorrectBias { get; init; }

    /// <summary>Whether it is learned, layer by layer, which weights are rounded up; <see langword="null"/> to round to nearest.</summary>
    public AdaptiveRoundingOptions? AdaptiveRounding { get; init; }

    /// <summary>With <see cref="CorrectBias"/> or <see cref="AdaptiveRounding"/>, how many positions of a layer's result are kept of all calibration data, at least 1: what is in memory for one layer.</summary>
    public int Samples { get; init; } = 16_384;

    /// <summary>What random draws derive from: positions, and batches of them.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Whether layers are calibrated one after the other.</summary>
    internal bool IsLayerwise => CorrectBias || AdaptiveRounding is not null;

    /// <summary>What places quantizers and finds ranges of activations.</summary>
    internal SimulatedQuantizationOptions Quantization => new()
    {
        WeightBits = WeightBits, ActivationBits = ActivationBits, SumBits = SumBits, WeightPerChannel = WeightPerChannel, ActivationRange = ActivationRange, Percentile = Percentile, Layers = Layers,
        EnableFusion = EnableFusion, EmaMomentum = null, BatchNormFold = BatchNormFold.OneConvFold,
    };

    /// <summary>Method and bits, such as <c>AdaRound W4A8</c>.</summary>
    internal string Title
    {
        get
        {
            string?[] parts = [Equalize ? "CLE" : null, AdaptiveRounding is null ? null : "AdaRound", CorrectBias ? "bias correction" : null];
            var method = string.Join(" + ", parts.OfType<string>());
            return $"{(method.Length == 0 ? "PTQ" : method)} W{WeightBits}A{ActivationBits}";
        }
    }

    /// <summary>Reads options.</summary>
    /// <exception cref="JsonException">The text is not JSON, or has members that are no options.</exception>
    /// <exception cref="CompressionException">A value is not allowed.</exception>
    public static StaticQuantizationOptions FromJson(string json)
    {
        var options = Read<StaticQuantizationOptions>(json);
        options.Validate();
        return options;
    }

    /// <summary>Writes the options.</summary>
    public string ToJson() => Write(this);

    /// <summary>Checks every value.</summary>
    /// <exception cref="CompressionException">A value is not allowed, or two contradict each other; the message names the option, the value, and what is.</exception>
    public void Validate()
    {
        Quantization.Validate();
        RequireDefined(nameof(WeightRange), WeightRange);
        Require(Samples >= 1, nameof(Samples), Samples, "at least 1");
        AdaptiveRounding?.Validate();
        if (ReplaceRelu6 && !Equalize)
            throw new CompressionException($"{nameof(ReplaceRelu6)} is True, and {nameof(Equalize)} is False: nothing would be gained by another network.");
    }
}
