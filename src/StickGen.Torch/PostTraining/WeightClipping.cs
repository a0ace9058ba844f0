using StickGen.Compression;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// Chooses narrower ranges for groups of weights, as AWQ does: of the shares 1, 0.95, … 0.55 of a group's range, the one with the least error of what the group adds to the layer's output. A layer's
/// new ranges are kept if the error of the block becomes less.
/// </summary>
public sealed record WeightClipping : PostTrainingStep
{
    private const int Shares = 10;

    /// <inheritdoc/>
    public override string Name => "clipping";

    /// <inheritdoc/>
    public override PostTrainingStage Stage => PostTrainingStage.Clip;

    /// <inheritdoc/>
    public override void Apply(QuantizationBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        var error = block.Error();
        foreach (var layers in block.LayersByInput)
        {
            using var covariance = InputCovariance.Of(block, layers[0]);
            foreach (var layer in layers)
            {
                block.Cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var clipped = Clip(layer, covariance);
                layer.Try(GroupFakeQuantize.Nearest(clipped, layer.Scheme));
                var tried = block.Error();
                layer.Try(null);
                if (tried >= error)
                    continue;
                layer.Clip(clipped);
                error = tried;
            }
        }
    }

    /// <summary>The weight with the values of each group inside of its best range, [outputs, inputs].</summary>
    private static Tensor Clip(BlockLayer layer, InputCovariance covariance)
    {
        var (length, groups) = (layer.Scheme.GroupLength(layer.Inputs), layer.Inputs / layer.Scheme.GroupLength(layer.Inputs));
        // What a group adds has the error δᵀ·H·δ, with its own part of the covariance.
        var mean = covariance.Mean();
        var hessians = stack([.. Enumerable.Range(0, groups).Select(g => mean.narrow(0, g * length, length).narrow(1, g * length, length))]);
        var weight = layer.Weight.detach().reshape(layer.Outputs, groups, length);
        var (lowest, highest) = weight.aminmax(-1, true);
        Tensor? best = null, least = null;
        for (var i = 0; i < Shares; i++)
        {
            var share = 1 - (i * 0.5 / Shares);
            var end = maximum(lowest.abs(), highest.abs()) * share;
            var clipped = layer.Scheme.Symmetric ? minimum(maximum(weight, end.neg()), end) : minimum(maximum(weight, lowest * share), highest * share);
            var difference = (GroupFakeQuantize.Nearest(clipped.reshape(layer.Outputs, -1), layer.Scheme).reshape(weight.shape) - weight).to_type(ScalarType.Float64).transpose(0, 1);
            var error = difference.matmul(hessians).mul(difference).sum(-1, true).transpose(0, 1);
            var isBetter = least is null ? null : error.lt(least);
            (best, least) = isBetter is null ? (clipped, error) : (where(isBetter, clipped, best!), where(isBetter, error, least!));
        }

        return best!.reshape(layer.Outputs, layer.Inputs).contiguous();
    }
}
