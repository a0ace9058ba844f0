using StickGen.Quantization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>The ranges of a weight's groups, as learned shares of the least and the greatest weight, by a sigmoid: of the greatest magnitude, where they are symmetric.</summary>
internal sealed class LearnedRange
{
    /// <summary>A share of 0.98 to begin with, where the sigmoid has a gradient.</summary>
    private const double Start = 4;

    private readonly GroupScheme scheme;
    private readonly Parameter high;
    private readonly Parameter? low;
    private readonly int length;

    public LearnedRange(GroupScheme scheme, int outputs, int inputs)
    {
        (this.scheme, length) = (scheme, scheme.GroupLength(inputs));
        high = nn.Parameter(full([outputs * (inputs / length), 1], Start).DetachFromDisposeScope());
        low = scheme.Symmetric ? null : nn.Parameter(full([outputs * (inputs / length), 1], Start).DetachFromDisposeScope());
    }

    public IEnumerable<Parameter> Parameters => low is null ? [high] : [high, low];

    /// <summary>What the integers stand for, with gradients for the shares, and for the weight where it is inside of its range.</summary>
    /// <param name="weight">[outputs, inputs].</param>
    public Tensor Round(Tensor weight)
    {
        var groups = weight.reshape(-1, length);
        var (from, to) = Ends(groups);
        double steps = scheme.QMax - scheme.QMin;
        var scale = ((to - from) / steps).clamp_min(1e-12);
        if (scheme.Symmetric)
            return (Rounded((groups / scale).clamp(scheme.QMin, scheme.QMax)) * scale).reshape(weight.shape);
        var zeroPoint = Rounded((from / scale).neg() + scheme.QMin).clamp(scheme.QMin, scheme.QMax);
        return (Rounded(minimum(maximum(groups / scale, zeroPoint.neg() + scheme.QMin), zeroPoint.neg() + scheme.QMax)) * scale).reshape(weight.shape);
    }

    /// <summary>The weight with all values inside of their ranges.</summary>
    public Tensor Clamp(Tensor weight)
    {
        var groups = weight.reshape(-1, length);
        var (from, to) = Ends(groups);
        return minimum(maximum(groups, from), to).reshape(weight.shape).detach();
    }

    private (Tensor From, Tensor To) Ends(Tensor groups)
    {
        // aminmax has no gradient.
        var (lowest, highest) = (groups.amin([1], true).clamp_max(0), groups.amax([1], true).clamp_min(0));
        if (low is not null)
            return (lowest * low.sigmoid(), highest * high.sigmoid());
        var end = maximum(lowest.neg(), highest) * high.sigmoid();
        return (end.neg(), end);
    }

    /// <summary>Rounds, and lets gradients through.</summary>
    internal static Tensor Rounded(Tensor x) => x + (x.round() - x).detach();
}
