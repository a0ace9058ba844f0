using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// Outlier suppression, light (OSL): as <see cref="SmoothQuant"/>, with an α of its own for each place, which is searched for the least error of the block with weights and activations quantized.
/// </summary>
public sealed record OutlierSuppressionLite : PostTrainingStep
{
    /// <inheritdoc/>
    public override string Name => "OSL";

    /// <inheritdoc/>
    public override PostTrainingStage Stage => PostTrainingStage.Transform;

    /// <inheritdoc/>
    public override string? Refusal(PostTrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return SmoothQuant.NeedsActivations(options);
    }

    /// <inheritdoc/>
    public override void Apply(QuantizationBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        var error = block.Error();
        foreach (var site in block.FoldSites)
        {
            using var scope = NewDisposeScope();
            var largest = ChannelStatistics.Of(block, site.Layers[0]).Largest;
            error = ScaleSearch.Run(block, site, Enumerable.Range(3, 8).Select(i => SmoothQuant.Scales(site, largest, i / 10.0)), error);
        }
    }
}
