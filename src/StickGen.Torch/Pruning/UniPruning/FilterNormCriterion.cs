using StickGen.Compression;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>The Euclidean norm of a filter, times |γ| of the batch normalization that alone reads it, if there is one.</summary>
internal sealed class FilterNormCriterion(TracedModel traced, bool withBatchNorm) : ImportanceCriterion
{
    private readonly MagnitudeCriterion norm = new(order: 2);

    public override string Name => "filter norm";

    protected internal override Tensor? Score(ChannelAxis axis)
    {
        var score = norm.Score(axis);
        return score is not null && withBatchNorm && NormAfter.Of(traced, axis.Module)?.weight is { } gamma && gamma.shape[0] == axis.Size
            ? score.mul(gamma.abs())
            : score;
    }
}
