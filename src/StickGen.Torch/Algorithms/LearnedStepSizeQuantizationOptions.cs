using System.Text.Json;
using StickGen.Quantization;
using static StickGen.Compression.AlgorithmOptions;

namespace StickGen.Compression;

/// <summary>The options of <see cref="LearnedStepSizeQuantization"/>; a plain record, to and from JSON.</summary>
public sealed record LearnedStepSizeQuantizationOptions
{
    /// <summary>Bits of weights, 2 to 8.</summary>
    public int WeightBits { get; init; } = 4;

    /// <summary>Bits of activations, 2 to 8.</summary>
    public int ActivationBits { get; init; } = 4;

    /// <summary>
    /// Bits of the weights of the first and last layers, of the model's inputs, of what the last layers read, and of what is
    /// computed after them, 2 to 8; <see langword="null"/> for the same as elsewhere. The paper has 8. Layers with [KeepFloat] stay in float.
    /// </summary>
    public int? FirstAndLastBits { get; init; } = 8;

    /// <summary>
    /// Bits of values that additions read, such as the stream of a residual network, 2 to 8; <see langword="null"/> for <see cref="ActivationBits"/>. Layers that read such a
    /// value round it to <see cref="ActivationBits"/> with a step size of their own: so it is in the paper, whose sums are in float.
    /// </summary>
    public int? SumBits { get; init; }

    /// <summary>Whether each output channel of a weight has a step size of its own. The paper has one for each layer.</summary>
    public bool WeightPerChannel { get; init; }

    /// <summary>
    /// Whether the lowest integer of weights is left out: [−1, 1] instead of [−2, 1] with 2 bits. With 8 bits it always is, as the
    /// integer model needs it.
    /// </summary>
    public bool WeightNarrowRange { get; init; }

    /// <summary>Whether gradients of step sizes are multiplied by <c>1 / √(N · Qp)</c>.</summary>
    public bool GradientScale { get; init; } = true;

    /// <summary>The first step sizes: of the least squared error, or those of the paper.</summary>
    public StepInitialization Initialization { get; init; } = StepInitialization.LeastSquares;

    /// <summary>Bits of single layers that differ from these.</summary>
    public BitPlan Layers { get; init; } = BitPlan.Empty;

    /// <summary>Whether rewrite rules are applied.</summary>
    public bool EnableFusion { get; init; } = true;

    /// <summary>
    /// How batch normalization is simulated. Not folding is the default, because a step size is learned best for weights that
    /// no statistics scale; the integer model is as fast, since γ/σ becomes part of its scales.
    /// </summary>
    public BatchNormFold BatchNormFold { get; init; } = BatchNormFold.None;

    /// <summary>
    /// The number of forwards in training after which batch statistics are no longer used; <see langword="null"/> for never. Each is a training step,
    /// unless <see cref="Training.TrainingOptions.MicroBatchSize"/> makes several of one.
    /// </summary>
    public long? FreezeBatchNormAfter { get; init; }

    /// <summary>Reads options.</summary>
    /// <exception cref="JsonException">The text is not JSON, or has members that are no options.</exception>
    /// <exception cref="CompressionException">A value is not allowed.</exception>
    public static LearnedStepSizeQuantizationOptions FromJson(string json)
    {
        var options = Read<LearnedStepSizeQuantizationOptions>(json);
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
        RequireBits(nameof(WeightBits), WeightBits);
        RequireBits(nameof(ActivationBits), ActivationBits);
        Require(FirstAndLastBits is null or (>= 2 and <= 8), nameof(FirstAndLastBits), FirstAndLastBits, "null, or 2 to 8");
        Require(SumBits is null or (>= 2 and <= 8), nameof(SumBits), SumBits, "null, or 2 to 8");
        RequireDefined(nameof(Initialization), Initialization);
        RequireDefined(nameof(BatchNormFold), BatchNormFold);
        Require(FreezeBatchNormAfter is null or >= 0, nameof(FreezeBatchNormAfter), FreezeBatchNormAfter, "null, or 0 or more");
    }

    internal int WeightBitsOf(bool outermost) => outermost ? FirstAndLastBits ?? WeightBits : WeightBits;

    internal QuantizationScheme WeightScheme(int bits) =>
        new() { Bits = bits, Signed = true, Symmetric = true, NarrowRange = WeightNarrowRange || bits == 8, PerChannel = WeightPerChannel };
}
