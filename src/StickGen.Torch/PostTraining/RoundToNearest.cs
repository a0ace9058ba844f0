using StickGen.Deployment;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>Rounds each weight to the nearest integer of its scheme (RTN). It needs no data, and is what is done with layers that no other step rounds.</summary>
public sealed record RoundToNearest : PostTrainingStep
{
    /// <inheritdoc/>
    public override string Name => "RTN";

    /// <inheritdoc/>
    public override PostTrainingStage Stage => PostTrainingStage.Round;

    /// <inheritdoc/>
    public override void Apply(QuantizationBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        foreach (var layer in block.Layers)
            layer.Rounded = Round(layer);
    }

    internal static GroupedWeights Round(BlockLayer layer)
    {
        using var scope = NewDisposeScope();
        var weight = layer.Clipped.detach().to_type(ScalarType.Float32).cpu().contiguous();
        return GroupedWeights.RoundToNearest(layer.Scheme, layer.Outputs, layer.Inputs, weight.data<float>().ToArray());
    }
}
