using StickGen.Compression;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// Moves the outliers of activations into weights (Xiao et al. 2023, arXiv:2211.10438): what a norm or a linear layer computes is divided, channel by channel, by
/// <c>max|x|^α / max|w|^(1 − α)</c>, and the layers that read it are multiplied.
/// </summary>
public sealed record SmoothQuant : PostTrainingStep
{
    /// <summary>What the maxima are at least.</summary>
    internal const double Smallest = 1e-5;

    /// <summary>α: how much of the difficulty goes into the weights, 0 to 1.</summary>
    public double Strength { get; init; } = 0.5;

    /// <inheritdoc/>
    public override string Name => "SmoothQuant";

    /// <inheritdoc/>
    public override PostTrainingStage Stage => PostTrainingStage.Transform;

    /// <inheritdoc/>
    public override string? Refusal(PostTrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Strength is not (>= 0 and <= 1) ? FormattableString.Invariant($"{nameof(Strength)} is {Strength}; allowed: 0 to 1.") : NeedsActivations(options);
    }

    /// <inheritdoc/>
    public override void Apply(QuantizationBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        foreach (var site in block.FoldSites)
            site.Scale(Scales(site, ChannelStatistics.Of(block, site.Layers[0]).Largest, Strength));
    }

    /// <summary>Why a method that moves outliers is not possible with options.</summary>
    internal static string? NeedsActivations(PostTrainingOptions options) => options.Activations == ActivationQuantization.None
        ? $"it makes activations easier to quantize and weights harder, and {nameof(PostTrainingOptions.Activations)} is {ActivationQuantization.None}; {nameof(Awq)} is for that."
        : null;

    /// <summary>The scales of a place, [channels].</summary>
    /// <param name="site">The place.</param>
    /// <param name="largest">The largest magnitude of each input, [inputs].</param>
    /// <param name="strength">α.</param>
    internal static Tensor Scales(FoldSite site, Tensor largest, double strength)
    {
        var weights = cat([.. site.Layers.Select(l => l.Weight.abs().amax([0L], true))]).amax([0L]);
        var (x, w) = (site.ToChannels(largest).clamp_min(Smallest), site.ToChannels(weights).clamp_min(Smallest));
        return x.pow(strength).div(w.pow(1 - strength)).clamp_min(Smallest);
    }
}
