using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>
/// A fake quantizer of weights that are searched among <c>2ᵇ</c> candidates (SLB; Yang et al. 2020, "Searching for low-bit weights in quantized
/// neural networks"). In training a weight is <c>s · Σ pₖ·lₖ</c> with <c>p = softmax(T · logits)</c> and the odd integers <c>lₖ</c>; elsewhere, and
/// in training once the temperature <c>T</c> is infinite, it is <c>s · lₖ</c> with the greatest logit.
/// </summary>
/// <remarks>
/// <para>Parameters are <c>logits</c>, [2ᵇ, shape of the weight], and <c>scale</c>, [] or [channels]; the temperature is the buffer <c>temperature</c>.
/// What the float weight becomes later does not matter: both are found from the first one that is seen. A scale is first the one with the least squared
/// error of the nearest candidates; logits are those of a normal distribution around the weight, half as wide as candidates are apart, so that
/// the weighted candidates nearly are the weight, and the nearest one has the greatest logit.</para>
/// <para>The gradient of a logit is that of the softmax; that of a scale is <c>Σ gradient · Σ pₖ·lₖ</c>, times <c>1 / √(N · (2ᵇ − 1))</c> as in
/// <see cref="LearnedStepQuantizer"/>. Nothing but the logits themselves is kept for the backward pass. With an infinite temperature logits have no gradient.</para>
/// </remarks>
public sealed class CandidateQuantizer : LearnedQuantizer
{
    private readonly float firstTemperature;

    /// <param name="scheme">Odd levels: <see cref="QuantizationScheme.OddWeights"/>.</param>
    /// <param name="shape">The shape of the weight; dimension 0 are the output channels.</param>
    /// <param name="temperature">The first temperature, positive.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <exception cref="ArgumentException">The scheme is another one, or the temperature is not positive.</exception>
    public CandidateQuantizer(QuantizationScheme scheme, ReadOnlySpan<long> shape, double temperature = 1, Device? device = null)
        : base(scheme, "scale", scheme is { PerChannel: true } ? checked((int)shape[0]) : 0, device)
    {
        if (!scheme.IsOdd)
            throw new ArgumentException($"The scheme is {scheme}; one of odd levels is expected.", nameof(scheme));
        if (!((float)temperature > 0 && float.IsFinite((float)temperature)))
            throw new ArgumentException($"The temperature is {temperature}; a positive number is expected.", nameof(temperature));
        firstTemperature = (float)temperature;
        AddParameter("logits", zeros([1L << scheme.Bits, .. shape], device: device));
        register_buffer("temperature", tensor(firstTemperature, device: device).DetachFromDisposeScope());
    }

    /// <summary>What logits are multiplied by: the greater, the nearer to a choice. Infinite once the choice is made.</summary>
    public double Temperature
    {
        get => get_buffer("temperature")!.item<float>();
        set
        {
            if (!(value > 0))
                throw new ArgumentException($"The temperature is {value}; a positive number or infinity is expected.", nameof(value));
            using var noGrad = no_grad();
            get_buffer("temperature")!.fill_((float)value);
        }
    }

    /// <summary>How much each candidate is preferred, [2ᵇ, shape of the weight].</summary>
    public Parameter Logits => get_parameter("logits")!;

    /// <inheritdoc/>
    public override string Method => "searched among candidates";

    /// <inheritdoc/>
    public override AffineParameters Parameters
    {
        get
        {
            var scales = Sizes;
            return new([.. scales], [.. new int[scales.Length]], Scheme);
        }
    }

    private protected override float[] FindSizes(Tensor x)
    {
        if (!x.shape.AsSpan().SequenceEqual(Logits.shape.AsSpan()[1..]))
            throw new CompressionException(
                $"'{Target}' has the shape [{string.Join(", ", x.shape)}]; [{string.Join(", ", Logits.shape.Skip(1))}] is what candidates are searched for.");
        var weights = ValueHistogram.Elements(x);
        var (scales, logits) = FirstCandidates.Find(weights, Math.Max(Channels, 1), Scheme.Bits, firstTemperature);
        Set(Logits, logits);
        return scales;
    }

    private protected override Tensor FindSteps(Tensor values)
    {
        CheckLogits();
        return CandidateKernel.Choose(Logits, [.. Enumerable.Repeat(1f, Math.Max(Channels, 1))]);
    }

    private protected override Tensor Quantize(Tensor x, AffineParameters range)
    {
        CheckLogits();
        var temperature = training ? (float)Temperature : float.PositiveInfinity;
        var factor = 1 / Math.Sqrt((double)CountOf(x, isWeight: true, Channels) * Scheme.QMax);
        return Candidates.Apply(Logits, Size, new([.. range.Scales], temperature, factor, Scheme.PerChannel));
    }

    private void CheckLogits()
    {
        using var scope = NewDisposeScope();
        // The largest is finite only if all of them are.
        if (!float.IsFinite(Logits.detach().abs().max().item<float>()))
            throw new CompressionException(
                $"Logits that the quantizer of '{Target}' learned are not finite: training diverged. Lower the learning rate, or clip gradients.");
    }
}
