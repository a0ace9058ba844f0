using StickGen.Compression;
using StickGen.Quantization;
using StickGen.Units;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// Quantizes a network of convolutions and linear layers without training, to the integer model: weights to integers, activations to 8 bits or fewer with ranges of calibration data. With cross-layer equalization,
/// bias correction and adaptive rounding as options.
/// </summary>
/// <remarks>
/// The variant is that of <see cref="SimulatedQuantization"/>, whose quantizers know no range until
/// <see cref="Calibrate(IFakeQuantized, IReadOnlyList{Tensor}, string?, IProgress{StaticQuantizationProgress}?, CancellationToken)"/> has found it; until then only <see cref="QuantizationMode.Disabled"/> computes something. Batch
/// normalization is folded with its running statistics, which stay as they are.
/// </remarks>
public sealed class StaticQuantization : CompressionAlgorithm
{
    private readonly SimulatedQuantization simulated;

    /// <summary>The algorithm with its default options: 8 bits, weights per channel, rounded to nearest.</summary>
    public StaticQuantization()
        : this(new())
    {
    }

    /// <summary>The algorithm with options.</summary>
    /// <exception cref="CompressionException">An option is not allowed, or two contradict each other.</exception>
    public StaticQuantization(StaticQuantizationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options;
        simulated = new(options.Quantization);
    }

    /// <summary>The options.</summary>
    public StaticQuantizationOptions Options { get; }

    /// <inheritdoc/>
    public override string Name => Options.Title;

    /// <inheritdoc/>
    public override bool EnableFusion => simulated.EnableFusion;

    /// <inheritdoc/>
    public override BatchNormOptions BatchNorm => simulated.BatchNorm;

    /// <inheritdoc/>
    public override BitPlan Layers => simulated.Layers;

    /// <summary>Finds ranges and integers for a variant of a model with one input.</summary>
    /// <param name="variant">What <c>Apply</c> made. Its weights and biases change where the options say so; the model that it was made from does not.</param>
    /// <param name="data">Batches of typical inputs, some hundred samples in all.</param>
    /// <param name="folder">Where what is done is kept after each layer, so that the same call goes on after it. Nowhere, if left out.</param>
    /// <param name="progress">Told after each layer, where layers are calibrated one after the other.</param>
    /// <param name="cancellation">Asked between batches. A variant whose calibration was cancelled is to be made anew.</param>
    /// <exception cref="CompressionException">
    /// The variant is of another algorithm or calibrated already, there is no data, it is not finite or does not fit, or the folder has another run; nothing was done then.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public StaticQuantizationReport Calibrate(
        IFakeQuantized variant, IReadOnlyList<Tensor> data, string? folder = null, IProgress<StaticQuantizationProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Calibrate(variant, [.. data.Select(x => new[] { x })], folder, progress, cancellation);
    }

    /// <summary>Finds ranges and integers for a variant of a model with several inputs.</summary>
    /// <param name="variant">What <c>Apply</c> made.</param>
    /// <param name="data">Batches: the tensors of each, in the order of <c>forward</c>'s parameters. Parameters that are no tensors are what they were when the model was compressed.</param>
    /// <param name="folder">Where what is done is kept after each layer. Nowhere, if left out.</param>
    /// <param name="progress">Told after each layer.</param>
    /// <param name="cancellation">Asked between batches.</param>
    /// <inheritdoc cref="Calibrate(IFakeQuantized, IReadOnlyList{Tensor}, string?, IProgress{StaticQuantizationProgress}?, CancellationToken)"/>
    public StaticQuantizationReport Calibrate(
        IFakeQuantized variant, IReadOnlyList<Tensor[]> data, string? folder = null, IProgress<StaticQuantizationProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(variant);
        ArgumentNullException.ThrowIfNull(data);
        var state = variant.State;
        if (state.Algorithm is not StaticQuantization made)
            throw new CompressionException($"The variant was made by {state.Algorithm.Name}; one made by {nameof(StaticQuantization)} is expected.");
        if (made.Options.ToJson() != Options.ToJson())
            throw new CompressionException($"The variant was made by {made.Name} with other options than this {Name}; calibrate it with the algorithm that made it.");
        if (state.Quantizers.Values.OfType<ObservingQuantizer>().FirstOrDefault(q => q.Observer.HasObserved) is { } known)
            throw new CompressionException($"The variant is calibrated already: the range of '{known.Target}' is known. Apply the algorithm again for another calibration.");
        return new StaticCalibration(variant, Options, data, cancellation).Run(folder, progress);
    }

    /// <inheritdoc/>
    protected internal override QuantizationScheme? ActivationScheme(Unit unit) => simulated.ActivationScheme(unit);

    /// <inheritdoc/>
    protected internal override QuantizationScheme? SumScheme(Unit unit) => simulated.SumScheme(unit);

    /// <inheritdoc/>
    protected internal override FakeQuantizer CreateActivationQuantizer(IReadOnlyList<Unit> units, QuantizationScheme scheme) => simulated.CreateActivationQuantizer(units, scheme);

    /// <inheritdoc/>
    protected internal override FakeQuantizer? CreateWeightQuantizer(Site site, Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        var scheme = simulated.Options.WeightScheme with { Bits = RequestedBits.Weights(site, Options.WeightBits) };
        return new ObservingQuantizer(scheme, new FirstObserver(), scheme.PerChannel ? checked((int)weight.shape[0]) : 0, device: weight.device);
    }

    /// <inheritdoc/>
    protected override void OnApplied(FakeQuantization state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (Options.ReplaceRelu6)
            ChannelEqualization.ReplaceRelu6(state);
        if (!Options.CorrectBias)
            return;
        using var layers = CalibratedLayers.Of(state);
        foreach (var layer in layers.Own)
            layer.AddBias();
    }
}
