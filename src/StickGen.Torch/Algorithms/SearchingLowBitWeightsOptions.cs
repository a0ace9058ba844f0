using System.Text.Json;
using StickGen.Quantization;
using static StickGen.Compression.AlgorithmOptions;

namespace StickGen.Compression;

/// <summary>The options of <see cref="SearchingLowBitWeights"/>; a plain record, to and from JSON.</summary>
public sealed record SearchingLowBitWeightsOptions
{
    /// <summary>Bits of weights: 1, 2 or 4.</summary>
    public int WeightBits { get; init; } = 4;

    /// <summary>
    /// Bits of activations, 2 to 8, observed as <see cref="SimulatedQuantization"/> does it; <see langword="null"/> to leave them in float. Then the deployed
    /// model computes in float too.
    /// </summary>
    public int? ActivationBits { get; init; } = 8;

    /// <summary>The number of forwards in training in which activations are observed and not rounded.</summary>
    public long ActivationQuantDelay { get; init; }

    /// <summary>The weight of the past in the moving average of activation ranges, in [0, 1).</summary>
    public double EmaMomentum { get; init; } = 0.99;

    /// <summary>
    /// Bits of the weights of the first and last layers, 2 to 8, which are quantized as <see cref="SimulatedQuantization"/> does it; <see langword="null"/> to search
    /// them as elsewhere. The paper leaves these layers in float, as [KeepFloat] does.
    /// </summary>
    public int? FirstAndLastBits { get; init; } = 8;

    /// <summary>Whether each output channel of a weight has a scale of its own.</summary>
    public bool WeightPerChannel { get; init; } = true;

    /// <summary>The temperature that training begins with, positive.</summary>
    public double TemperatureStart { get; init; } = 1;

    /// <summary>
    /// The temperature just before the choice is made, not below <see cref="TemperatureStart"/>. In between it grows by a constant factor in each
    /// step, so that short runs end as surely as long ones. A factor of 1.2 an epoch from 20% to 60% of 95 epochs ends with 1000.
    /// </summary>
    public double TemperatureEnd { get; init; } = 1000;

    /// <summary>The share of training after which the temperature begins to grow, in [0, 1].</summary>
    public double TemperatureStartTime { get; init; } = 0.2;

    /// <summary>
    /// The share of training after which every weight is the candidate with the greatest logit, from <see cref="TemperatureStartTime"/> to 1. The rest of
    /// the network is trained on.
    /// </summary>
    public double TemperatureEndTime { get; init; } = 0.6;

    /// <summary>
    /// The number of batches of <see cref="SearchingLowBitWeights.CalibrationData"/> from which statistics of batch normalization are found anew at the
    /// end of each epoch, at least 1.
    /// </summary>
    public int CalibrationBatches { get; init; } = 100;

    /// <summary>Bits of single layers that differ from these.</summary>
    public BitPlan Layers { get; init; } = BitPlan.Empty;

    /// <summary>Whether rewrite rules are applied.</summary>
    public bool EnableFusion { get; init; } = true;

    /// <summary>Reads options.</summary>
    /// <exception cref="JsonException">The text is not JSON, or has members that are no options.</exception>
    /// <exception cref="CompressionException">A value is not allowed.</exception>
    public static SearchingLowBitWeightsOptions FromJson(string json)
    {
        var options = Read<SearchingLowBitWeightsOptions>(json);
        options.Validate();
        return options;
    }

    /// <summary>Writes the options.</summary>
    public string ToJson() => Write(this);

    /// <summary>Checks every value.</summary>
    /// <exception cref="CompressionException">A value is not allowed; the message names the option, the value, and what is.</exception>
    public void Validate()
    {
        Require(Layers is not null, nameof(Layers), "null", "a plan, which may be empty");
        Require(IsSearched(WeightBits), nameof(WeightBits), WeightBits, "1, 2 or 4");
        Require(ActivationBits is null or (>= 2 and <= 8), nameof(ActivationBits), ActivationBits, "null, or 2 to 8");
        Require(ActivationQuantDelay >= 0, nameof(ActivationQuantDelay), ActivationQuantDelay, "0 or more");
        Require(EmaMomentum is >= 0 and < 1, nameof(EmaMomentum), EmaMomentum, "at least 0 and less than 1");
        Require(FirstAndLastBits is null or (>= 2 and <= 8), nameof(FirstAndLastBits), FirstAndLastBits, "null, or 2 to 8");
        Require(IsTemperature(TemperatureStart), nameof(TemperatureStart), TemperatureStart, "a positive number");
        Require(
            IsTemperature(TemperatureEnd) && TemperatureEnd >= TemperatureStart, nameof(TemperatureEnd), TemperatureEnd,
            $"a number not below {nameof(TemperatureStart)}");
        Require(TemperatureStartTime is >= 0 and <= 1, nameof(TemperatureStartTime), TemperatureStartTime, "0 to 1");
        Require(
            TemperatureEndTime >= TemperatureStartTime && TemperatureEndTime <= 1, nameof(TemperatureEndTime), TemperatureEndTime,
            $"from {nameof(TemperatureStartTime)} to 1");
        Require(CalibrationBatches >= 1, nameof(CalibrationBatches), CalibrationBatches, "1 or more");
    }

    internal static bool IsSearched(int bits) => bits is 1 or 2 or 4;

    /// <summary>The temperature when a share of training is done; infinite once the choice is made.</summary>
    internal double TemperatureAt(double share) =>
        share >= TemperatureEndTime ? double.PositiveInfinity
        : share <= TemperatureStartTime ? TemperatureStart
        : TemperatureStart * Math.Pow(TemperatureEnd / TemperatureStart, (share - TemperatureStartTime) / (TemperatureEndTime - TemperatureStartTime));

    /// <summary>How all is quantized that is not searched.</summary>
    internal SimulatedQuantizationOptions Others => new()
    {
        WeightBits = FirstAndLastBits ?? 8, WeightPerChannel = WeightPerChannel, ActivationBits = ActivationBits ?? 8,
        QuantDelay = ActivationQuantDelay, EmaMomentum = EmaMomentum,
    };

    private static bool IsTemperature(double value) => (float)value > 0 && float.IsFinite((float)value);
}
