using System.Collections.Immutable;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>
/// A fake quantizer with a learned step size <c>s</c> (LSQ; Esser et al. 2020, "Learned step size quantization"):
/// <c>y = s · clamp(round(x / s), −Qn, Qp)</c> with
/// <c>∂y/∂s = round(x / s) − x / s</c> inside the range, ends included, <c>−Qn</c> below and <c>Qp</c> above, times
/// <c>1 / √(N · Qp)</c>. <c>N</c> is the number of weights with that step size, or of
/// activations of one sample.
/// </summary>
/// <remarks>
/// The step size is the parameter <c>scale</c>, [] or [channels]. Unsigned values that may be negative get a second one,
/// <c>offset</c>, [], the real number that the lowest integer stands for (LSQ+; Bhalgat et al. 2020): <c>∂y/∂offset = 1</c>
/// outside of the range and 0 inside, <c>∂y/∂s = 0</c> below the range and <c>high − low</c> above it, times the same factor.
/// Unlike there, it counts as a whole number of steps, <c>z = low + round(−offset / s)</c>, so that 0 is represented exactly: padding needs
/// that, and the integer model has it so. With many bits it hardly leaves its first value, since the factor is that of the step size. It stays in [−s · (high − low), 0] by projection. The first range of such values
/// is the one of least squared error; where the first tensor has no negative number, it begins as that of values that have none.
/// </remarks>
public sealed class LearnedStepQuantizer : LearnedQuantizer
{
    private readonly bool isGradientScaled;
    private readonly StepInitialization initialization;

    /// <param name="scheme">How real numbers are mapped to integers: signed and symmetric, or unsigned, asymmetric and with one scale.</param>
    /// <param name="channels">The size of dimension 0 of what is quantized, if <paramref name="scheme"/> is per channel.</param>
    /// <param name="nonNegative">Whether unsigned values are never negative. Then the zero point is the lowest integer.</param>
    /// <param name="gradientScale">Whether gradients of what is learned are multiplied by <c>1 / √(N · Qp)</c>.</param>
    /// <param name="initialization">The first step size.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <exception cref="ArgumentException">The scheme is neither of those, or is per channel and no channels are given.</exception>
    public LearnedStepQuantizer(
        QuantizationScheme scheme, int channels = 0, bool nonNegative = false, bool gradientScale = true,
        StepInitialization initialization = StepInitialization.LeastSquares, Device? device = null)
        : base(scheme, "scale", channels, device)
    {
        if (scheme.Signed != scheme.Symmetric || (scheme.PerChannel && !scheme.Signed))
            throw new ArgumentException(
                $"The scheme is {scheme}; a signed symmetric one, or an unsigned asymmetric one with one scale, is expected.", nameof(scheme));
        (isGradientScaled, this.initialization) = (gradientScale, initialization);
        HasOffset = !scheme.Signed && !nonNegative;
        if (HasOffset)
            AddParameter("offset", zeros([], device: device));
    }

    /// <summary>Whether an offset is learned beside the step size.</summary>
    public bool HasOffset { get; }

    /// <inheritdoc/>
    public override string Method => HasOffset ? "learned step and offset" : "learned step";

    /// <inheritdoc/>
    public override AffineParameters Parameters
    {
        get
        {
            var scales = Sizes;
            var zeroPoint = Scheme.Signed ? 0 : Scheme.QMin;
            if (HasOffset)
            {
                var steps = Math.Round(-(double)Offset() / scales[0], MidpointRounding.ToEven);
                zeroPoint = Scheme.QMin + (int)Math.Clamp(steps, 0, Span);
            }

            return new([.. scales], [.. Enumerable.Repeat(zeroPoint, scales.Length)], Scheme);
        }
    }

    /// <summary>The number of steps in the range.</summary>
    private int Span => Scheme.QMax - Scheme.QMin;

    /// <summary>Qp of the paper.</summary>
    private int Positive => Scheme.Signed ? Scheme.QMax : Span;

    private protected override float[] FindSizes(Tensor x)
    {
        if (HasOffset && x.min().item<float>() < 0)
        {
            var (scale, zeroPoint) = LeastSquares(x);
            get_parameter("offset")!.fill_(scale * (Scheme.QMin - zeroPoint));
            return [scale];
        }

        float[] steps = Channels == 0 ? [StepOf(x)] : [.. Enumerable.Range(0, Channels).Select(c => StepOf(x[c]))];
        if (!Scheme.Signed || !steps.Contains(0))
            return steps;
        // Weights that are zero everywhere have no size of their own.
        var other = Channels > 0 && StepOf(x) is > 0 and var overall ? overall : 1;
        return Array.ConvertAll(steps, s => s > 0 ? s : other);
    }

    private protected override Tensor Quantize(Tensor x, AffineParameters range)
    {
        var factor = isGradientScaled ? 1 / Math.Sqrt((double)CountOf(x, Scheme.Signed, Channels) * Positive) : 1;
        double span = Span;
        if (HasOffset)
            return LearnedStep.Apply(
                x, range, (Size, g => factor * (g.Inside + (span * g.Above))), (get_parameter("offset")!, g => factor * (g.Below + g.Above)));

        // The zero point is the same for all channels.
        double low = range.Low - range.ZeroPoints[0], high = range.High - range.ZeroPoints[0];
        return LearnedStep.Apply(x, range, (Size, g => factor * (g.Inside + (low * g.Below) + (high * g.Above))));
    }

    private protected override void Project(float[] sizes)
    {
        base.Project(sizes);
        if (HasOffset)
            Set(get_parameter("offset")!, [Offset(sizes[0])]);
    }

    private float Offset(float? scale = null)
    {
        var offset = Values(get_parameter("offset")!)[0];
        if (!float.IsFinite(offset))
            throw new Compression.CompressionException(
                $"The offset that the quantizer of '{Target}' learned is {offset}: training diverged. Lower the learning rate, or clip gradients.");
        return scale is { } s ? Math.Clamp(offset, -s * Span, 0) : offset;
    }

    /// <summary>The first step size of some values; 0 if all of them are.</summary>
    private float StepOf(Tensor x)
    {
        var mean = (double)x.abs().mean().item<float>();
        if (mean == 0)
            return 0;
        if (initialization == StepInitialization.MeanMagnitude)
            return Math.Max((float)(2 * mean / Math.Sqrt(Positive)), AffineQuantization.MinimumScale);
        return LeastSquares(x).Scale;
    }

    private (float Scale, int ZeroPoint) LeastSquares(Tensor x)
    {
        var (low, high) = RangeSearch.LeastSquares(ValueHistogram.Of(x), Scheme);
        return AffineQuantization.ChooseParameters(low, high, Scheme);
    }
}
