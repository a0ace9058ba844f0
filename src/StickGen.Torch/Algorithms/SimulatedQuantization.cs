using StickGen.Quantization;
using StickGen.Units;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// Quantization-aware training with simulated quantization: values are rounded in the forward pass, and gradients go straight
/// through where a value is in range (Jacob et al. 2018; Krishnamoorthi 2018).
/// </summary>
public sealed class SimulatedQuantization : CompressionAlgorithm
{
    /// <summary>The algorithm with its default options: 8 bits, weights per channel, one-convolution batch-norm fold.</summary>
    public SimulatedQuantization()
        : this(new())
    {
    }

    /// <summary>The algorithm with options.</summary>
    /// <exception cref="CompressionException">An option is not allowed.</exception>
    public SimulatedQuantization(SimulatedQuantizationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options;
        BatchNorm = new(options.BatchNormFold, options.FreezeBatchNormAfter);
    }

    /// <summary>The options.</summary>
    public SimulatedQuantizationOptions Options { get; }

    /// <inheritdoc/>
    public override string Name => $"SimQAT W{Options.WeightBits}A{Options.ActivationBits}";

    /// <inheritdoc/>
    public override bool EnableFusion => Options.EnableFusion;

    /// <inheritdoc/>
    public override BatchNormOptions BatchNorm { get; }

    /// <inheritdoc/>
    public override BitPlan Layers => Options.Layers;

    /// <inheritdoc/>
    protected internal override QuantizationScheme? ActivationScheme(Unit unit) => Options.ActivationScheme;

    /// <inheritdoc/>
    protected internal override QuantizationScheme? SumScheme(Unit unit) => Options.ActivationScheme with { Bits = Options.SumBits ?? Options.ActivationBits };

    /// <inheritdoc/>
    protected internal override FakeQuantizer CreateActivationQuantizer(IReadOnlyList<Unit> units, QuantizationScheme scheme) =>
        new ObservingQuantizer(RequestedBits.Activations(units, scheme), Options.CreateActivationObserver(), quantDelay: Options.QuantDelay);

    /// <inheritdoc/>
    protected internal override FakeQuantizer? CreateWeightQuantizer(Site site, Tensor weight) =>
        new ObservingQuantizer(
            Options.WeightScheme with { Bits = RequestedBits.Weights(site, Options.WeightBits) }, new LatestObserver(), Options.WeightPerChannel ? checked((int)weight.shape[0]) : 0, Options.QuantDelay,
            weight.device);
}
