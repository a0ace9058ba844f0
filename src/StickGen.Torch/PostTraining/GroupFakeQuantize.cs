using StickGen.Quantization;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>Rounding of whole tensors, bit for bit as <see cref="AffineQuantization"/> rounds single values.</summary>
internal static class GroupFakeQuantize
{
    /// <summary>What the integers stand for that a weight is rounded to: <c>GroupedWeights.RoundToNearest(…).Dequantize()</c>.</summary>
    /// <param name="weight">[outputs, inputs] in float32.</param>
    /// <param name="scheme">Its group size divides the inputs.</param>
    public static Tensor Nearest(Tensor weight, GroupScheme scheme)
    {
        var groups = weight.reshape(-1, scheme.GroupLength(checked((int)weight.shape[1])));
        var (lowest, highest) = groups.aminmax(1, true);
        return Round(groups, lowest, highest, scheme).reshape(weight.shape);
    }

    /// <summary>The same where ranges are given; values outside of them are clamped.</summary>
    /// <param name="groups">[groups, length].</param>
    /// <param name="lowest">[groups, 1].</param>
    /// <param name="highest">[groups, 1].</param>
    /// <param name="scheme">Bits and symmetry.</param>
    public static Tensor Round(Tensor groups, Tensor lowest, Tensor highest, GroupScheme scheme)
    {
        double steps = scheme.QMax - scheme.QMin;
        var (low, high) = (lowest.clamp_max(0).to_type(ScalarType.Float64), highest.clamp_min(0).to_type(ScalarType.Float64));
        var range = scheme.Symmetric ? maximum(low.neg(), high).mul(2) : high - low;
        var scale = range.div(steps).to_type(ScalarType.Float32).clamp_min(AffineQuantization.MinimumScale).masked_fill(range.eq(0), 1);
        if (scheme.Symmetric)
            return groups.div(scale).clamp(scheme.QMin, scheme.QMax).round().mul(scale);
        var zeroPoint = low.div(scale.to_type(ScalarType.Float64)).neg().add(scheme.QMin).round().clamp(scheme.QMin, scheme.QMax).masked_fill(range.eq(0), 0).to_type(ScalarType.Float32);
        return minimum(maximum(groups.div(scale), zeroPoint.neg().add(scheme.QMin)), zeroPoint.neg().add(scheme.QMax)).round().mul(scale);
    }

    /// <summary>Tokens as <see cref="ActivationQuantization.DynamicPerToken"/> rounds them.</summary>
    /// <param name="input">[…, inputs].</param>
    public static Tensor Tokens(Tensor input) => Symmetric(input, SymmetricScale(input.detach().abs().amax([-1], true)));

    /// <summary>Scales for integers in [−127, 127], as <see cref="DynamicQuantization.Scale"/> defines them.</summary>
    /// <param name="largest">The largest magnitudes.</param>
    public static Tensor SymmetricScale(Tensor largest) => largest.div(DynamicQuantization.QMax).clamp_min(AffineQuantization.MinimumScale).masked_fill(largest.eq(0), 1);

    /// <summary>Values as integers in [−127, 127] have them. Gradients pass as if they were not rounded.</summary>
    /// <param name="input">What is rounded.</param>
    /// <param name="scale">Broadcast along it.</param>
    public static Tensor Symmetric(Tensor input, Tensor scale)
    {
        var steps = input.div(scale);
        if (!steps.requires_grad)
            return steps.clamp(-DynamicQuantization.QMax, DynamicQuantization.QMax).round().mul(scale);
        // The largest value of a token may come out a little above the last step, to which it is rounded: it is not clamped, and has its gradient.
        const double End = DynamicQuantization.QMax + 0.49;
        return LearnedRange.Rounded(steps.clamp(-End, End)).mul(scale);
    }

    /// <summary>Values as <see cref="ActivationQuantization.StaticPerTensor"/> rounds them.</summary>
    public static Tensor PerTensor(Tensor input, float scale, int zeroPoint)
    {
        var scheme = QuantizationScheme.Activations8;
        using var step = tensor(scale);
        return input.div(step).clamp(scheme.QMin - zeroPoint, scheme.QMax - zeroPoint).round().mul(step);
    }
}
