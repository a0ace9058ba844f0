using StickGen.Quantization;
using StickGen.Units;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// LSQ: quantization-aware training in which the step sizes of weights and activations are learned by gradient descent with
/// the weights (Esser et al. 2020, "Learned step size quantization").
/// </summary>
/// <remarks>
/// <para>Each quantizer is a <see cref="LearnedStepQuantizer"/>, whose <c>scale</c>, and <c>offset</c> if it has one, are among the
/// variant's parameters, under <c>stickgen</c>. Weight decay is not meant for them: put them into a parameter group of their own.
/// Step sizes are found in the first training step, so weights have to be the pretrained ones by then.</para>
/// <para>Activations are unsigned, as the integer model has them. Where a ReLU makes all values of one scale
/// non-negative, the zero point is 0, as in the paper; elsewhere an offset is learned too, as in LSQ+ (Bhalgat et al. 2020).</para>
/// </remarks>
public sealed class LearnedStepSizeQuantization : CompressionAlgorithm
{
    /// <summary>The algorithm with its default options: 4 bits, 8 in the first and last layers.</summary>
    public LearnedStepSizeQuantization()
        : this(new())
    {
    }

    /// <summary>The algorithm with options.</summary>
    /// <exception cref="CompressionException">An option is not allowed.</exception>
    public LearnedStepSizeQuantization(LearnedStepSizeQuantizationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options;
        BatchNorm = new(options.BatchNormFold, options.FreezeBatchNormAfter);
    }

    /// <summary>The options.</summary>
    public LearnedStepSizeQuantizationOptions Options { get; }

    /// <inheritdoc/>
    public override string Name => $"LSQ W{Options.WeightBits}A{Options.ActivationBits}";

    /// <inheritdoc/>
    public override bool EnableFusion => Options.EnableFusion;

    /// <inheritdoc/>
    public override BatchNormOptions BatchNorm { get; }

    /// <inheritdoc/>
    public override BitPlan Layers => Options.Layers;

    /// <inheritdoc/>
    protected internal override QuantizationScheme? ActivationScheme(Unit unit) => new() { Bits = Options.ActivationBits };

    /// <inheritdoc/>
    protected internal override QuantizationScheme? SumScheme(Unit unit) => new() { Bits = Options.SumBits ?? Options.ActivationBits };

    /// <inheritdoc/>
    protected internal override FakeQuantizer CreateActivationQuantizer(IReadOnlyList<Unit> units, QuantizationScheme scheme)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        scheme = OutermostLayers.Scheme(units, scheme, Options.FirstAndLastBits);
        return new LearnedStepQuantizer(
            RequestedBits.Activations(units, scheme), nonNegative: units.All(u => u.Output.IsNonNegative), gradientScale: Options.GradientScale, initialization: Options.Initialization);
    }

    /// <inheritdoc/>
    protected internal override FakeQuantizer? CreateWeightQuantizer(Site site, Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return new LearnedStepQuantizer(
            Options.WeightScheme(RequestedBits.Weights(site, Options.WeightBitsOf(OutermostLayers.Has(site)))), Options.WeightPerChannel ? checked((int)weight.shape[0]) : 0,
            gradientScale: Options.GradientScale, initialization: Options.Initialization, device: weight.device);
    }
}
