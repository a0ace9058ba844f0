using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>The tensor operations of affine fake quantization.</summary>
/// <remarks>
/// They agree with <see cref="AffineQuantization"/> in every bit. Clamping real numbers to the ends of the range before the
/// division is the same as clamping after it, because each end is a whole number of steps to within a few roundings.
/// </remarks>
public static class FakeQuantize
{
    private const float Wider = 1 + (1f / (1 << 22));

    /// <summary>
    /// <c>scale · clamp(round(x / scale), low − z, high − z)</c>. The gradient is 1 where x is inside the range, ends included,
    /// and 0 outside (straight-through with masking). The ends are taken 2⁻²² wider: the largest weight, from which the scale
    /// was computed and rounded, is inside.
    /// </summary>
    /// <param name="x">Values of any shape.</param>
    /// <param name="parameters">Scales and zero points, of the whole tensor or of each index of dimension 0.</param>
    public static Tensor Apply(Tensor x, AffineParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(parameters);
        return parameters.PerChannel ? PerChannel(x, parameters) : PerTensor(x, parameters);
    }

    private static Tensor PerTensor(Tensor x, AffineParameters parameters)
    {
        var (scale, zeroPoint) = (parameters.Scale, parameters.ZeroPoint);
        var (low, high) = (End(scale, parameters.Low - zeroPoint), End(scale, parameters.High - zeroPoint));
        if (StraightThrough.Suits(x))
            return StraightThrough.Apply(x, parameters, (low, high));

        // The clamp is all that autograd sees; its result is then rounded in place behind its back.
        var y = x.clamp(low, high);
        using var noGrad = no_grad();
        // As in Steps: by a tensor.
        using var step = tensor(scale, device: x.device);
        return y.div_(step).round_().mul_(scale);
    }

    private static Tensor PerChannel(Tensor x, AffineParameters parameters)
    {
        if (Rows.AreReachable(x) && IsInside(x, parameters))
        {
            var copy = x.clone();
            StepRounding.InPlace(copy, parameters.Scales.AsSpan());
            return copy;
        }

        using var scope = NewDisposeScope();
        var scale = AlongChannels(parameters.Scales, x);
        var low = AlongChannels([.. parameters.Scales.Zip(parameters.ZeroPoints, (s, z) => End(s, parameters.Low - z))], x);
        var high = AlongChannels([.. parameters.Scales.Zip(parameters.ZeroPoints, (s, z) => End(s, parameters.High - z))], x);
        var y = x.clamp(low.to_type(x.dtype), high.to_type(x.dtype));
        using var noGrad = no_grad();
        y.div_(scale).round_().mul_(scale);
        return y.MoveToOuterDisposeScope();
    }

    /// <summary>Whether every value is inside its range, so that there is nothing to clamp and no gradient to mask.</summary>
    private static bool IsInside(Tensor x, AffineParameters parameters)
    {
        var (minimum, maximum) = Rows.Range(x, parameters.Scales.Length);
        for (var c = 0; c < minimum.Length; c++)
        {
            var (scale, zeroPoint) = (parameters.Scales[c], parameters.ZeroPoints[c]);
            if (!(minimum[c] >= End(scale, parameters.Low - zeroPoint) && maximum[c] <= End(scale, parameters.High - zeroPoint)))
                return false;
        }

        return true;
    }

    private static float End(float scale, int steps) => scale * steps * Wider;

    /// <summary><c>clamp(round(x / scale), low − z, high − z)</c> as floats, without a gradient.</summary>
    internal static Tensor Steps(Tensor x, AffineParameters parameters)
    {
        using var scope = NewDisposeScope();
        Tensor steps;
        if (parameters.PerChannel)
        {
            var low = AlongChannels(parameters.ZeroPoints, z => parameters.Low - z, x);
            var high = AlongChannels(parameters.ZeroPoints, z => parameters.High - z, x);
            steps = x.detach().div(AlongChannels(parameters.Scales, x)).clamp(low, high);
        }
        else
        {
            // Divided by a tensor: some devices divide by a number by multiplying with its reciprocal.
            var zeroPoint = parameters.ZeroPoint;
            steps = x.detach().div(tensor(parameters.Scale, device: x.device))
                .clamp_(parameters.Low - zeroPoint, parameters.High - zeroPoint);
        }

        return steps.round_().MoveToOuterDisposeScope();
    }

    /// <summary>A vector as a tensor that broadcasts along dimension 0 of <paramref name="like"/>.</summary>
    internal static Tensor AlongChannels(ImmutableArray<float> values, Tensor like)
    {
        var shape = new long[like.dim()];
        Array.Fill(shape, 1);
        shape[0] = values.Length;
        return tensor(values.ToArray(), device: like.device).reshape(shape);
    }

    private static Tensor AlongChannels(ImmutableArray<int> values, Func<int, float> convert, Tensor like) =>
        AlongChannels([.. values.Select(convert)], like);
}
