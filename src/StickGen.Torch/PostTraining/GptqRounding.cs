namespace StickGen.PostTraining;

/// <summary>
/// Rounds the weights of each layer by <see cref="Gptq"/> (Frantar et al. 2023). The layers of a block are rounded in the order of evaluation, those that read one value at a time, so that
/// what a layer is given comes from rounded layers already, and one covariance is in memory.
/// </summary>
public sealed record GptqRounding : PostTrainingStep
{
    /// <summary>Damping, order and groups.</summary>
    public GptqOptions Options { get; init; } = new();

    /// <inheritdoc/>
    public override string Name => "GPTQ";

    /// <inheritdoc/>
    public override PostTrainingStage Stage => PostTrainingStage.Round;

    /// <inheritdoc/>
    public override string? Refusal(PostTrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            foreach (var scheme in options.AllSchemes)
                Options.Validate(scheme);
            return null;
        }
        catch (Compression.CompressionException e)
        {
            return e.Message;
        }
    }

    /// <summary>Why options can have no step that chooses the ranges of groups, or <see langword="null"/>.</summary>
    internal static string? RefusesRanges(PostTrainingOptions options) =>
        options.Steps.OfType<GptqRounding>().FirstOrDefault(g => !g.Options.StaticGroups) is { } gptq && options.AllSchemes.Any(s => s.GroupSize > 0)
            ? $"{gptq.Name} chooses the ranges of groups itself, from weights that it has corrected; with {nameof(GptqOptions.StaticGroups)} it takes those that there are."
            : null;

    /// <inheritdoc/>
    public override void Apply(QuantizationBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        foreach (var layers in block.LayersByInput)
        {
            using var covariance = InputCovariance.Of(block, layers[0]);
            foreach (var layer in layers)
            {
                block.Cancellation.ThrowIfCancellationRequested();
                layer.Rounded = Gptq.Quantize(layer.Weight, covariance, layer.Scheme, Options, layer.Ranges);
            }
        }
    }
}
