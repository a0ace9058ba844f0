using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Quantization;
using StickGen.Units;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// Quantizes the linear layers of a captured model without training, block by block: the quantized output of one block feeds the next, and only what one block reads and computes is in memory.
/// </summary>
/// <remarks>
/// <c>Apply</c> makes the variant, which computes in float until <see cref="Calibrate(IFakeQuantized, IReadOnlyList{Tensor}, string?, IProgress{PostTrainingProgress}?, CancellationToken)"/>
/// has chosen its integers; then it computes, with TorchSharp, what the integers stand for, until <see cref="UseKernels"/> lets its layers compute with the integers themselves.
/// </remarks>
public sealed class PostTrainingQuantization : CompressionAlgorithm
{
    /// <summary>The algorithm with options.</summary>
    /// <exception cref="CompressionException">An option is not allowed, or two contradict each other.</exception>
    public PostTrainingQuantization(PostTrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options;
    }

    /// <summary>The options.</summary>
    public PostTrainingOptions Options { get; }

    /// <inheritdoc/>
    public override string Name => Options.Title;

    /// <summary>Rules are not applied: only linear layers are quantized, and what is around them stays as it is.</summary>
    public override bool EnableFusion => false;

    /// <summary>Chooses the integers of a variant.</summary>
    /// <param name="variant">What <c>Apply</c> made. Its weights are replaced by what the integers stand for; where a smoothing method folds, those of norms change too.</param>
    /// <param name="data">Batches of typical inputs, for a model with one input.</param>
    /// <param name="folder">Where what is done is kept after each block, so that the same call goes on after it. Nowhere, if left out.</param>
    /// <param name="progress">Told after each block.</param>
    /// <param name="cancellation">Asked between batches. A variant whose calibration was cancelled is to be made anew.</param>
    /// <exception cref="CompressionException">There is no data, it is not finite or does not fit, or the folder has another run; nothing was done then.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public PostTrainingReport Calibrate(
        IFakeQuantized variant, IReadOnlyList<Tensor> data, string? folder = null, IProgress<PostTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Calibrate(variant, [.. data.Select(x => new[] { x })], folder, progress, cancellation);
    }

    /// <summary>Chooses the integers of a variant of a model with several inputs.</summary>
    /// <param name="variant">What <c>Apply</c> made.</param>
    /// <param name="data">Batches: the tensors of each, in the order of <c>forward</c>'s parameters. Parameters that are no tensors are what they were when the model was compressed.</param>
    /// <param name="folder">Where what is done is kept after each block. Nowhere, if left out.</param>
    /// <param name="progress">Told after each block.</param>
    /// <param name="cancellation">Asked between batches.</param>
    /// <inheritdoc cref="Calibrate(IFakeQuantized, IReadOnlyList{Tensor}, string?, IProgress{PostTrainingProgress}?, CancellationToken)"/>
    public PostTrainingReport Calibrate(
        IFakeQuantized variant, IReadOnlyList<Tensor[]> data, string? folder = null, IProgress<PostTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        var plan = PlanOf(variant);
        if (plan.IsCalibrated)
            throw new CompressionException("The variant is calibrated already. Apply the algorithm again for another calibration.");
        if (plan.IsStarted)
            throw new CompressionException("A calibration of this variant ended before it was done, and left it with some blocks rounded. Apply the algorithm again; what a folder has is not done twice.");
        new BlockwiseCalibration(variant, Options, plan, data, folder is null ? null : new CalibrationFolder(folder), progress, cancellation).Run();
        return Report(variant);
    }

    /// <summary>
    /// Lets the layers of a calibrated variant compute with their integers, by <see cref="QuantizedLinear"/>: on the CPU, without gradients. Their float weights are given up, so that
    /// the variant cannot be saved or converted any more; <see cref="Save"/> comes before.
    /// </summary>
    /// <exception cref="CompressionException">The variant is not calibrated.</exception>
    public void UseKernels(IFakeQuantized variant)
    {
        var plan = CalibratedPlanOf(variant);
        using var noGrad = no_grad();
        foreach (var layer in plan.Layers.Where(l => l.Kernel is null))
            layer.UseKernel();
    }

    /// <summary>
    /// The quantized layers of a calibrated variant as modules by themselves, for a network that is written otherwise than the captured one, such as one that decodes token by token with a cache. All other
    /// parameters such a network takes from the variant, whose norms a method may have changed.
    /// </summary>
    /// <param name="variant">A calibrated variant, before <see cref="UseKernels"/>. It is left as it is.</param>
    /// <returns>By the paths of the linear layers in the model. They belong to the caller.</returns>
    /// <exception cref="CompressionException">The variant is not calibrated, or has given up its float weights.</exception>
    public IReadOnlyDictionary<string, QuantizedLinear> ToLayers(IFakeQuantized variant)
    {
        var plan = CalibratedPlanOf(variant);
        if (plan.Layers.FirstOrDefault(l => l.Kernel is not null) is { } layer)
            throw new CompressionException($"'{layer.Name}' has given up its float weight for its kernel; make layers before {nameof(UseKernels)}.");
        return plan.Layers.ToDictionary(l => l.Name, l => l.ToKernel(), StringComparer.Ordinal);
    }

    /// <summary>
    /// The scales of keys of a variant that was calibrated with <see cref="KeyValuePrecision.Int8PerChannel"/>, for a network that keeps its keys itself. Those of keys and values with a scale for each token
    /// come with the tokens.
    /// </summary>
    /// <param name="variant">A calibrated variant.</param>
    /// <returns>For each attention, in the order of the blocks.</returns>
    /// <exception cref="CompressionException">The variant is not calibrated.</exception>
    public IReadOnlyList<KeyScales> ToKeyScales(IFakeQuantized variant) =>
    [
        .. CalibratedPlanOf(variant).Attentions.SelectMany(a => a.Tensors.Where(t => t.Scales is not null).Select(t =>
            new KeyScales(a.Name, checked((int)t.Heads), checked((int)t.Size), t.Scales!.cpu().data<float>().ToArray()))),
    ];

    /// <summary>What was done.</summary>
    /// <exception cref="CompressionException">The variant is not calibrated.</exception>
    public PostTrainingReport Report(IFakeQuantized variant) => ReportBuilder.Build(CalibratedPlanOf(variant), variant.State, (nn.Module)variant, Name);

    /// <summary>Writes what calibration chose: integers, scales, and all other weights of the variant. The file appears complete or not at all.</summary>
    /// <param name="variant">A calibrated variant, before <see cref="UseKernels"/>.</param>
    /// <param name="path">A safetensors file.</param>
    /// <exception cref="CompressionException">The variant is not calibrated, or has given up its float weights.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(IFakeQuantized variant, string path)
    {
        var plan = CalibratedPlanOf(variant);
        if (plan.Layers.FirstOrDefault(l => l.Kernel is not null) is { } layer)
            throw new CompressionException($"'{layer.Name}' has given up its float weight for its kernel; save the variant before {nameof(UseKernels)}.");
        LayerFile.Write(path, variant, plan.Blocks, plan.Reports);
    }

    /// <summary>Reads what <see cref="Save"/> wrote, into a variant that was made with the same options from a model of the same class.</summary>
    /// <exception cref="CompressionException">The file is of another model or other options, or damaged. The variant is as it was.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void Load(IFakeQuantized variant, string path)
    {
        var plan = PlanOf(variant);
        if (plan.IsCalibrated)
            throw new CompressionException("The variant is calibrated already. Apply the algorithm again to load a file.");
        plan.Reports.AddRange(LayerFile.Read(path, variant, plan.Blocks));
        plan.IsCalibrated = true;
    }

    /// <summary>The model as a graph whose quantized layers have their integers, and what else it computes is in float32. Its layers compute what <see cref="ToLayers"/> does, bit for bit.</summary>
    /// <exception cref="CompressionException">The variant is not calibrated, has given up its weights, or computes what the runtime has nothing for.</exception>
    public override ModelGraph ToGraph(IFakeQuantized variant)
    {
        var plan = CalibratedPlanOf(variant);
        if (Options.KeyValueCache != KeyValuePrecision.Float)
            throw new CompressionException($"The graph of whole texts has no attention with {nameof(PostTrainingOptions.KeyValueCache)} {Options.KeyValueCache}; convert a variant with {KeyValuePrecision.Float}, and let CreateDecoder keep keys and values in 8 bits.");
        if (plan.Layers.Any(l => l.Kernel is not null))
            throw new CompressionException($"The variant has given up its float weights; convert it before {nameof(UseKernels)}.");
        return base.ToGraph(variant);
    }

    /// <inheritdoc/>
    protected internal override QuantizationScheme? ActivationScheme(Unit unit) => null;

    /// <inheritdoc/>
    protected internal override FakeQuantizer CreateActivationQuantizer(IReadOnlyList<Unit> units, QuantizationScheme scheme) =>
        throw new InvalidOperationException("Activations have no quantizers.");

    /// <inheritdoc/>
    protected internal override FakeQuantizer? CreateWeightQuantizer(Site site, Tensor weight) => null;

    /// <inheritdoc/>
    protected override void OnApplied(FakeQuantization state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.LayerPlan = new(state, Options);
    }

    private static LayerPlan PlanOf(IFakeQuantized variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        return variant.State.LayerPlan ?? throw new CompressionException($"The variant was made by {variant.State.Algorithm.Name}; one made by {nameof(PostTrainingQuantization)} is expected.");
    }

    private static LayerPlan CalibratedPlanOf(IFakeQuantized variant) =>
        PlanOf(variant) is { IsCalibrated: true } plan ? plan : throw new CompressionException($"The variant is not calibrated; call {nameof(Calibrate)} first.");
}
