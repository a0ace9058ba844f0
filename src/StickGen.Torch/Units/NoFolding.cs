using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary><c>BN(conv(x, q(W)))</c>.</summary>
internal sealed class NoFolding(ConvUnit unit, BatchNorm2d norm) : BatchNormFolding(unit, norm)
{
    public override Tensor Simulate(Tensor x) => Normalize(Unit.Convolve(x, Unit.Quantize(Weight), Bias));

    /// <summary>The integers of W; γ/σ is part of the scales, its sign of the integers.</summary>
    public override FoldedWeights Fold()
    {
        var affine = BatchNormAffine.Of(Norm, Bias);
        var (integers, scales) = Unit.ToIntegers(Weight);
        var rowLength = integers.Length / scales.Length;
        for (var c = 0; c < scales.Length; c++)
        {
            var sign = Math.Sign(affine.Factor[c]);
            foreach (ref var w in integers.AsSpan(c * rowLength, rowLength))
                w *= sign;
            scales[c] = (float)(scales[c] * Math.Abs(affine.Factor[c]));
        }

        return new(integers, Weight.shape, scales, affine.Bias);
    }
}
