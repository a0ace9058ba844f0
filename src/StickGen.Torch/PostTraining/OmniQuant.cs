using StickGen.Compression;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// OmniQuant (Shao et al. 2024, arXiv:2308.13137): learns, block by block, with Adam on the squared error of the block's results, the shares of the ranges of weights that are kept (learnable weight
/// clipping) and scales of what layers read (learnable equivalent transformation), which are then moved into norms and weights. What was learned is kept where the block is better with it.
/// </summary>
public sealed record OmniQuant : PostTrainingStep
{
    /// <summary>How often the calibration data is gone through for a block; at least 1. Two bits take twice as many as the default.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>The learning rate of the ranges' shares. The paper has 0.01 for 2,560 steps; each batch of an epoch is one.</summary>
    public double ClippingRate { get; init; } = 5e-2;

    /// <summary>The learning rate of the scales' logarithms. The paper has 0.005 for 2,560 steps.</summary>
    public double TransformRate { get; init; } = 2e-2;

    /// <summary>Whether scales are learned, too.</summary>
    public bool Transform { get; init; } = true;

    /// <inheritdoc/>
    public override string Name => "OmniQuant";

    /// <inheritdoc/>
    public override PostTrainingStage Stage => PostTrainingStage.Transform;

    /// <inheritdoc/>
    public override string? Refusal(PostTrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Epochs is < 1 or > 10_000 ? $"{nameof(Epochs)} is {Epochs}; allowed: 1 to 10000."
            : ClippingRate is not (> 0 and <= 1) ? FormattableString.Invariant($"{nameof(ClippingRate)} is {ClippingRate}; allowed: larger than 0, at most 1.")
            : TransformRate is not (> 0 and <= 1) ? FormattableString.Invariant($"{nameof(TransformRate)} is {TransformRate}; allowed: larger than 0, at most 1.")
            : options.Steps.OfType<WeightClipping>().FirstOrDefault() is { } other ? $"it learns the ranges of weights, which {other.Name} would choose anew."
            : null;
    }

    /// <inheritdoc/>
    public override void Apply(QuantizationBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        var before = block.Error();
        using var learned = new LearnedBlock(block, Transform);
        learned.Learn(Epochs, ClippingRate, TransformRate, before);
        learned.Commit();
    }
}
