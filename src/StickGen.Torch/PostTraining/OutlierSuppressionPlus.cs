using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// Outlier Suppression+ (Wei et al. 2023, arXiv:2304.09145): channels are first shifted so that their ranges are around 0, where there is a bias to shift, and then scaled as in
/// <see cref="SmoothQuant"/>, by an α that is searched on a grid of 21 for the least error of the block.
/// </summary>
public sealed record OutlierSuppressionPlus : PostTrainingStep
{
    private const int GridSize = 20;

    /// <inheritdoc/>
    public override string Name => "Outlier Suppression+";

    /// <inheritdoc/>
    public override PostTrainingStage Stage => PostTrainingStage.Transform;

    /// <inheritdoc/>
    public override bool AddsBias => true;

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
        foreach (var site in block.FoldSites)
        {
            using var scope = NewDisposeScope();
            var statistics = ChannelStatistics.Of(block, site.Layers[0]);
            var largest = statistics.Largest;
            // Where it can be shifted, the inputs are the channels.
            if (site.CanShift && site.IsDirect)
            {
                site.Shift((statistics.Highest + statistics.Lowest) / 2);
                largest = (statistics.Highest - statistics.Lowest) / 2;
            }

            ScaleSearch.Run(block, site, Enumerable.Range(0, GridSize + 1).Select(i => SmoothQuant.Scales(site, largest, (double)i / GridSize)), block.Error());
        }
    }
}
