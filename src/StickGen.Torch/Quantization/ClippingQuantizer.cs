using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>
/// A fake quantizer of values that are never negative, with a learned clip <c>α</c> (PACT; Choi et al. 2018, "PACT: Parameterized clipping
/// activation for quantized neural networks"): <c>y = round(clamp(x, 0, α) / s) · s</c> with <c>s = α / (2ᵇ − 1)</c>,
/// <c>∂y/∂α = 1</c> above <c>α</c> and 0 below.
/// </summary>
/// <remarks>The clip is the parameter <c>clip</c>, []; nothing but the loss makes it smaller, so a decay belongs to it.</remarks>
public sealed class ClippingQuantizer : LearnedQuantizer
{
    private readonly float? firstClip;

    /// <param name="scheme">How real numbers are mapped to integers: unsigned and asymmetric, with one scale.</param>
    /// <param name="initialClip">
    /// The first <c>α</c>; <see langword="null"/> for the one that clips and rounds the first tensor with the least squared error.
    /// </param>
    /// <param name="device">Where the parameters are.</param>
    /// <exception cref="ArgumentException">The scheme is another one, or the clip is not positive.</exception>
    public ClippingQuantizer(QuantizationScheme scheme, float? initialClip = null, Device? device = null)
        : base(scheme, "clip", 0, device)
    {
        if (scheme is { Signed: true } or { Symmetric: true } or { PerChannel: true })
            throw new ArgumentException($"The scheme is {scheme}; an unsigned asymmetric one with one scale is expected.", nameof(scheme));
        if (initialClip is { } clip && !(clip > 0 && float.IsFinite(clip)))
            throw new ArgumentException($"The first clip is {clip}; a positive number is expected.", nameof(initialClip));
        firstClip = initialClip;
    }

    /// <summary><c>α</c>, [], with its gradient.</summary>
    public Parameter Clip => Size;

    /// <inheritdoc/>
    public override string Method => "learned clip";

    /// <inheritdoc/>
    public override AffineParameters Parameters
    {
        get
        {
            var (scale, zeroPoint) = AffineQuantization.ChooseParameters(0, Sizes[0], Scheme);
            return new([scale], [zeroPoint], Scheme);
        }
    }

    private protected override float[] FindSizes(Tensor x)
    {
        if (firstClip is { } clip)
            return [clip];
        var (_, high) = RangeSearch.LeastSquares(ValueHistogram.Of(x.clamp_min(0)), Scheme);
        return [high];
    }

    private protected override Tensor Quantize(Tensor x, AffineParameters range) => LearnedStep.Apply(x, range, (Clip, g => g.Above));
}
