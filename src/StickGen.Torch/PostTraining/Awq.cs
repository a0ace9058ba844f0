using StickGen.Compression;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// Activation-aware weight quantization (Lin et al. 2024, arXiv:2306.00978): the weights of channels with large activations are made larger before they are rounded, by
/// <c>mean|x|^α / mean|w|^(1 − α)</c>, with weights as shares of the largest of their group. α is searched on a grid, for the least error of the block. With <see cref="WeightClipping"/> after it, it is
/// AWQ with clipping.
/// </summary>
public sealed record Awq : PostTrainingStep
{
    /// <summary>The number of values of α that are tried: 0, 1/n, …</summary>
    public int GridSize { get; init; } = 20;

    /// <inheritdoc/>
    public override string Name => "AWQ";

    /// <inheritdoc/>
    public override PostTrainingStage Stage => PostTrainingStage.Transform;

    /// <inheritdoc/>
    public override string? Refusal(PostTrainingOptions options) => GridSize is >= 1 and <= 1000 ? null : $"{nameof(GridSize)} is {GridSize}; allowed: 1 to 1000.";

    /// <inheritdoc/>
    public override void Apply(QuantizationBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        var error = block.Error();
        foreach (var site in block.FoldSites)
        {
            using var scope = NewDisposeScope();
            var activations = site.ToChannels(ChannelStatistics.Of(block, site.Layers[0]).Mean);
            var weights = site.ToChannels(MeanShare(site.Layers));
            error = ScaleSearch.Run(block, site, Enumerable.Range(0, GridSize).Select(i => Scales(activations, weights, (double)i / GridSize)), error);
        }
    }

    /// <summary>The scales for an α, [channels], whose largest and smallest are each other's reciprocals.</summary>
    private static Tensor Scales(Tensor activations, Tensor weights, double strength)
    {
        var scale = activations.pow(strength).div(weights.pow(1 - strength).add(1e-4)).clamp_min(1e-4);
        return scale.div(scale.max().mul(scale.min()).sqrt());
    }

    /// <summary>The mean magnitude of the weights of an input, each as a share of the largest of its group, [inputs].</summary>
    private static Tensor MeanShare(IReadOnlyList<BlockLayer> layers)
    {
        var shares = layers.Select(l =>
        {
            var groups = l.Weight.abs().reshape(l.Outputs, -1, l.Scheme.GroupLength(l.Inputs));
            return groups.div(groups.amax([-1], true).add(1e-6)).reshape(l.Outputs, l.Inputs);
        });
        return cat([.. shares]).mean([0L]);
    }
}
