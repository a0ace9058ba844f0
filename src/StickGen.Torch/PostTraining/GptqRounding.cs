namespace StickGen.PostTraining;

/// <summary>
/// Rounds the weights of each layer by <see cref="Gptq"/> (Frantar et al. 2023). The layers of a block are rounded in the order of evaluation, those that read one value at a time, so that
/// what a layer is given comes from rounded layers already, and one covariance is in memory. Where a step chose ranges for a layer's groups, each row of its weight is rounded with these or with
/// GPTQ's own, whichever is better.
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
