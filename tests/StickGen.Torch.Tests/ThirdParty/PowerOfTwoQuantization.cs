using StickGen.Compression;
using StickGen.Quantization;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.ThirdParty;

/// <summary>Scales that are powers of two, learned by nobody: the largest magnitude so far, rounded up.</summary>
public sealed class PowerOfTwoQuantization : CompressionAlgorithm
{
    public override string Name => "power of two";

    protected internal override QuantizationScheme? ActivationScheme(Unit unit) => QuantizationScheme.Activations8 with { Symmetric = true };

    protected internal override FakeQuantizer CreateActivationQuantizer(IReadOnlyList<Unit> units, QuantizationScheme scheme) => new PowerOfTwoQuantizer(scheme);

    protected internal override FakeQuantizer? CreateWeightQuantizer(Site site, Tensor weight) =>
        new PowerOfTwoQuantizer(QuantizationScheme.Weights8 with { PerChannel = false });
}

public sealed class PowerOfTwoQuantizer : FakeQuantizer
{
    public PowerOfTwoQuantizer(QuantizationScheme scheme)
        : base(scheme) => register_buffer("largest", zeros(1).DetachFromDisposeScope());

    public override string Method => "largest magnitude";

    public override AffineParameters Parameters
    {
        get
        {
            var steps = get_buffer("largest")!.item<float>() * 2 / (Scheme.QMax - Scheme.QMin);
            return new([MathF.Pow(2, MathF.Ceiling(MathF.Log2(steps)))], [Scheme.Signed ? 0 : 1 << (Scheme.Bits - 1)], Scheme);
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

        return FakeQuantize.Apply(x, Parameters);
    }
}
