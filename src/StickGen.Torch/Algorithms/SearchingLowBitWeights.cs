using StickGen.Quantization;
using StickGen.Training;
using StickGen.Units;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// SLB: quantization-aware training that searches each weight among 2, 4 or 16 candidates (Yang et al. 2020, "Searching for low-bit weights in
/// quantized neural networks"). A weight is the mean of the candidates under a distribution, which the growing temperature of <see cref="Callbacks"/> turns into a choice.
/// </summary>
/// <remarks>
/// <para>Each weight has a <see cref="CandidateQuantizer"/>, whose <c>logits</c> and <c>scale</c> are among the variant's parameters, under <c>stickgen</c>. They are
/// found from the weights that the first training step sees, so pretrained ones are loaded before. Logits take a greater learning rate than weights
/// do, around 0.01 with Adam, and no weight decay: put them into a parameter group of their own. They take 2ᵇ times the memory of the weight, which
/// itself is not trained any more.</para>
/// <para>Train with <see cref="Callbacks"/>; without them the temperature stays what it is at first, and what is deployed differs from what was trained.</para>
/// </remarks>
public sealed class SearchingLowBitWeights : CompressionAlgorithm
{
    private readonly SimulatedQuantization others;

    /// <summary>The algorithm with its default options: 4 bits, 8 for activations and in the first and last layers.</summary>
    public SearchingLowBitWeights()
        : this(new())
    {
    }

    /// <summary>The algorithm with options.</summary>
    /// <exception cref="CompressionException">An option is not allowed.</exception>
    public SearchingLowBitWeights(SearchingLowBitWeightsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options;
        others = new(options.Others);
    }

    /// <summary>The options.</summary>
    public SearchingLowBitWeightsOptions Options { get; }

    /// <summary>
    /// What batch normalization is calibrated on at the end of each epoch, before it is validated: the training set as a rule. <see langword="null"/> for no
    /// calibration. It matters while weights in evaluation, which are chosen, differ from those in training, of which running statistics are.
    /// </summary>
    public IDataset? CalibrationData { get; init; }

    /// <inheritdoc/>
    public override string Name => $"SLB W{Options.WeightBits}A{Options.ActivationBits?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "32"}";

    /// <inheritdoc/>
    public override bool EnableFusion => Options.EnableFusion;

    /// <summary>Never folded: candidates are those of the weight itself.</summary>
    public override BatchNormOptions BatchNorm { get; } = new(BatchNormFold.None);

    /// <summary>The temperature schedule, and the calibration of batch normalization if there is <see cref="CalibrationData"/>.</summary>
    public override IReadOnlyList<ITrainingCallback> Callbacks => CalibrationData is { } data
        ? [new TemperatureSchedule(Options), new BatchNormCalibration(data, Options.CalibrationBatches)]
        : [new TemperatureSchedule(Options)];

    /// <inheritdoc/>
    public override BitPlan Layers => Options.Layers;

    /// <inheritdoc/>
    protected internal override QuantizationScheme? ActivationScheme(Unit unit) =>
        Options.ActivationBits is null ? null : others.ActivationScheme(unit);

    /// <inheritdoc/>
    protected internal override FakeQuantizer CreateActivationQuantizer(IReadOnlyList<Unit> units, QuantizationScheme scheme) =>
        others.CreateActivationQuantizer(units, scheme);

    /// <inheritdoc/>
    protected internal override FakeQuantizer? CreateWeightQuantizer(Site site, Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        // A number of bits that cannot be searched is quantized as the first and last layers are.
        var isSearched = site.WeightBits is { } asked ? SearchingLowBitWeightsOptions.IsSearched(asked) : Options.FirstAndLastBits is null || !OutermostLayers.Has(site);
        return isSearched
            ? new CandidateQuantizer(
                QuantizationScheme.OddWeights(site.WeightBits ?? Options.WeightBits, Options.WeightPerChannel), weight.shape, Options.TemperatureStart, weight.device)
            : others.CreateWeightQuantizer(site, weight);
    }
}
