using StickGen.Quantization;
using StickGen.Training;
using StickGen.Units;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// PACT: quantization-aware training in which activations after a ReLU are clipped at a learned <c>α</c> (Choi et al. 2018, "PACT: Parameterized
/// clipping activation for quantized neural networks"). <see cref="Loss"/> has the decay of <c>α</c>, without which it only
/// grows: train with that loss.
/// </summary>
/// <remarks>
/// Weights, and activations that may be negative, are quantized as <see cref="SimulatedQuantization"/> does it. The paper's weights are
/// those of DoReFa-Net, <c>tanh(w) / max|tanh(w)|</c> on the levels <c>(2i − 2ᵇ + 1) / (2ᵇ − 1)</c>; they forget the size of pretrained weights, have no
/// zero, and with 8 bits do not fit a signed byte, so they are not offered.
/// </remarks>
public sealed class ParameterizedClipping : CompressionAlgorithm
{
    private readonly SimulatedQuantization others, outermost;
    private IReadOnlyList<ClippingQuantizer> clips = [];

    /// <summary>The algorithm with its default options: 4 bits.</summary>
    public ParameterizedClipping()
        : this(new())
    {
    }

    /// <summary>The algorithm with options.</summary>
    /// <exception cref="CompressionException">An option is not allowed.</exception>
    public ParameterizedClipping(ParameterizedClippingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options;
        others = new(options.Quantization);
        outermost = options.FirstAndLastBits is { } bits ? new(options.Quantization with { WeightBits = bits }) : others;
    }

    /// <summary>The options.</summary>
    public ParameterizedClippingOptions Options { get; }

    /// <inheritdoc/>
    public override string Name => $"PACT W{Options.Quantization.WeightBits}A{Options.Quantization.ActivationBits}";

    /// <inheritdoc/>
    public override bool EnableFusion => others.EnableFusion;

    /// <inheritdoc/>
    public override BatchNormOptions BatchNorm => others.BatchNorm;

    /// <summary>
    /// <paramref name="inner"/> plus <see cref="ParameterizedClippingOptions.ClipDecay"/> times <c>Σ α²</c> over the activations of the variant that
    /// was made last.
    /// </summary>
    public override LossFunction Loss(LossFunction inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return (output, batch) =>
        {
            var loss = inner(output, batch);
            foreach (var quantizer in clips)
            {
                // One that has seen nothing yet is not part of the model.
                if (quantizer.IsInitialized)
                    loss = loss.add(quantizer.Clip.square(), Options.ClipDecay);
            }

            return loss;
        };
    }

    /// <inheritdoc/>
    public override BitPlan Layers => others.Layers;

    /// <inheritdoc/>
    protected internal override QuantizationScheme? ActivationScheme(Unit unit) => others.ActivationScheme(unit);

    /// <inheritdoc/>
    protected internal override QuantizationScheme? SumScheme(Unit unit) => others.SumScheme(unit);

    /// <inheritdoc/>
    protected internal override FakeQuantizer CreateActivationQuantizer(IReadOnlyList<Unit> units, QuantizationScheme scheme)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        scheme = OutermostLayers.Scheme(units, scheme, Options.FirstAndLastBits);
        return units.All(u => u.Output.IsNonNegative)
            ? new ClippingQuantizer(RequestedBits.Activations(units, scheme), (float?)Options.InitialClip)
            : others.CreateActivationQuantizer(units, scheme);
    }

    /// <inheritdoc/>
    protected internal override FakeQuantizer? CreateWeightQuantizer(Site site, Tensor weight) =>
        (OutermostLayers.Has(site) ? outermost : others).CreateWeightQuantizer(site, weight);

    /// <inheritdoc/>
    protected override void OnApplied(FakeQuantization state)
    {
        ArgumentNullException.ThrowIfNull(state);
        clips = [.. state.Quantizers.Values.OfType<ClippingQuantizer>()];
    }
}
