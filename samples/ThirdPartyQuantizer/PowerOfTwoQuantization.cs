using StickGen.Compression;
using StickGen.Quantization;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;

namespace ThirdPartyQuantizer;

/// <summary>
/// Scales that are powers of two, so that hardware without a multiplier can requantize by shifts: the smallest one that takes the largest magnitude in.
/// </summary>
public sealed class PowerOfTwoQuantization(int bits = 8) : CompressionAlgorithm
{
    public override string Name => $"power of two, {bits} bits";

    // Symmetric: activations are unsigned with the zero point in the middle. One scheme for all, so that additions find one scale.
    protected override QuantizationScheme? ActivationScheme(Unit unit) => new() { Bits = bits, Symmetric = true };

    protected override FakeQuantizer CreateActivationQuantizer(IReadOnlyList<Unit> units, QuantizationScheme scheme) =>
        new PowerOfTwoQuantizer(units.Select(u => u.Site.ActivationBits).FirstOrDefault(b => b is not null) is { } own ? scheme with { Bits = own } : scheme);

    // What [Bits] asks for is honoured by asking the site.
    protected override FakeQuantizer? CreateWeightQuantizer(Site site, Tensor weight) =>
        new PowerOfTwoQuantizer(new() { Bits = site.WeightBits ?? bits, Signed = true, Symmetric = true, NarrowRange = true });
}

/// <summary>Keeps the largest magnitude it has seen in training; its scale is that in steps, rounded up to a power of two.</summary>
public sealed class PowerOfTwoQuantizer : FakeQuantizer
{
    public PowerOfTwoQuantizer(QuantizationScheme scheme)
        : base(scheme)
    {
        // A buffer is in the checkpoint, so a resumed run knows it. It has to outlive the scope that Apply is called in.
        register_buffer("largest", zeros(1).DetachFromDisposeScope());
    }

    public override string Method => "largest magnitude";

    public override AffineParameters Parameters
    {
        get
        {
            var largest = get_buffer("largest")!.item<float>();
            if (largest == 0)
                throw new CompressionException($"The quantizer of '{Target}' has seen nothing but zeros; train the variant first.");
            var scale = MathF.Pow(2, MathF.Ceiling(MathF.Log2(largest * 2 / (Scheme.QMax - Scheme.QMin))));
            return new([scale], [Scheme.Signed ? 0 : 1 << (Scheme.Bits - 1)], Scheme);
        }
    }

    protected override Tensor Forward(Tensor x)
    {
        if (training)
        {
            using var noGrad = no_grad();
            var largest = get_buffer("largest")!;
            largest.copy_(largest.maximum(x.abs().max()));
        }

        // Rounds, and lets gradients through where values are inside the range.
        return FakeQuantize.Apply(x, Parameters);
    }
}
