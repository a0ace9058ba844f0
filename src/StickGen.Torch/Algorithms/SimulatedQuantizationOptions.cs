using System.Text.Json;
using System.Text.Json.Serialization;
using StickGen.Quantization;
using static StickGen.Compression.AlgorithmOptions;

namespace StickGen.Compression;

/// <summary>The options of <see cref="SimulatedQuantization"/>; a plain record, to and from JSON.</summary>
public sealed record SimulatedQuantizationOptions
{
    /// <summary>Bits of weights, 2 to 8.</summary>
    public int WeightBits { get; init; } = 8;

    /// <summary>Bits of activations, 2 to 8.</summary>
    public int ActivationBits { get; init; } = 8;

    /// <summary>
    /// Bits of values that additions read, such as the stream of a residual network, 2 to 8; <see langword="null"/> for <see cref="ActivationBits"/>. Layers that read such a
    /// value round it to <see cref="ActivationBits"/> by a range of their own.
    /// </summary>
    public int? SumBits { get; init; }

    /// <summary>Whether the range of weights is [−M, M]. An asymmetric one can be trained but not deployed.</summary>
    public bool WeightSymmetric { get; init; } = true;

    /// <summary>Whether the range of activations is [−M, M].</summary>
    public bool ActivationSymmetric { get; init; }

    /// <summary>Whether each output channel of a weight has a scale of its own.</summary>
    public bool WeightPerChannel { get; init; } = true;

    /// <summary>Whether the lowest integer of weights is left out. With 8 bits, a model is only deployed so.</summary>
    public bool WeightNarrowRange { get; init; } = true;

    /// <summary>Whether the lowest integer of activations is left out.</summary>
    public bool ActivationNarrowRange { get; init; }

    /// <summary>The number of forwards in training in which ranges are observed and nothing is rounded.</summary>
    public long QuantDelay { get; init; }

    /// <summary>
    /// The weight of the past in the moving average of activation ranges, or of their histogram, in [0, 1); <see langword="null"/>
    /// for everything seen so far alike.
    /// </summary>
    public double? EmaMomentum { get; init; } = 0.99;

    /// <summary>How the range of activations is found from their values.</summary>
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

    /// <summary>How batch normalization is simulated.</summary>
    public BatchNormFold BatchNormFold { get; init; } = BatchNormFold.OneConvFold;

    /// <summary>
    /// The number of forwards in training after which batch statistics are no longer used; <see langword="null"/> for never. Each is a training step,
    /// unless <see cref="Training.TrainingOptions.MicroBatchSize"/> makes several of one.
    /// </summary>
    public long? FreezeBatchNormAfter { get; init; }

    /// <summary>How activations are quantized.</summary>
    [JsonIgnore]
    public QuantizationScheme ActivationScheme =>
        new() { Bits = ActivationBits, Symmetric = ActivationSymmetric, NarrowRange = ActivationNarrowRange };

    /// <summary>How weights are quantized.</summary>
    [JsonIgnore]
    public QuantizationScheme WeightScheme => new()
    {
        Bits = WeightBits, Signed = true, Symmetric = WeightSymmetric, NarrowRange = WeightNarrowRange, PerChannel = WeightPerChannel,
    };

    /// <summary>A new observer of activations.</summary>
    internal Observer CreateActivationObserver() => ActivationRange.CreateObserver(EmaMomentum, Percentile);

    /// <summary>Reads options.</summary>
    /// <exception cref="JsonException">The text is not JSON, or has members that are no options.</exception>
    /// <exception cref="CompressionException">A value is not allowed.</exception>
    public static SimulatedQuantizationOptions FromJson(string json)
    {
        var options = AlgorithmOptions.Read<SimulatedQuantizationOptions>(json);
        options.Validate();
        return options;
    }

    /// <summary>Writes the options.</summary>
    public string ToJson() => AlgorithmOptions.Write(this);

    /// <summary>Checks every value.</summary>
    /// <exception cref="CompressionException">A value is not allowed; the message names the option, the value, and what is.</exception>
    public void Validate()
    {
        Require(Layers is not null, nameof(Layers), "null", "a plan, which may be empty");
        RequireBits(nameof(WeightBits), WeightBits);
        RequireBits(nameof(ActivationBits), ActivationBits);
        Require(SumBits is null or (>= 2 and <= 8), nameof(SumBits), SumBits, "null, or 2 to 8");
        Require(QuantDelay >= 0, nameof(QuantDelay), QuantDelay, "0 or more");
        Require(EmaMomentum is null or (>= 0 and < 1), nameof(EmaMomentum), EmaMomentum, "null, or at least 0 and less than 1");
        RequireDefined(nameof(ActivationRange), ActivationRange);
        Require(Percentile is > 50 and <= 100, nameof(Percentile), Percentile, "more than 50, and up to 100");
        RequireDefined(nameof(BatchNormFold), BatchNormFold);
        Require(FreezeBatchNormAfter is null or >= 0, nameof(FreezeBatchNormAfter), FreezeBatchNormAfter, "null, or 0 or more");
    }
}
