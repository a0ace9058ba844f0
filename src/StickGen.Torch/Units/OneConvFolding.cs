using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary><c>BN(conv(x, q(W·γ/σ)) · σ/γ)</c> with the running σ; without the detour where running statistics are used.</summary>
/// <remarks>
/// The detour is taken by the weights instead of the result, which is the same and cheaper: <c>conv(x, q(W·γ/σ)·σ/γ)</c>. A channel with γ = 0 has no σ/γ. Its factor is taken as 1 in training, where its γ undoes that, and its weights are
/// zero otherwise.
/// </remarks>
internal sealed class OneConvFolding(ConvUnit unit, BatchNorm2d norm) : BatchNormFolding(unit, norm)
{
    public override Tensor Simulate(Tensor x)
    {
        var factor = Gamma().div(RunningDeviation());
        var closed = factor.eq(0);
        var safe = factor.masked_fill(closed, 1);
        var weight = Unit.Quantize(Weight.mul(AlongWeight(safe)));
        if (UsesRunningStatistics)
            return Unit.Convolve(x, weight.masked_fill(AlongWeight(closed), 0), FoldedBias(factor, Norm.running_mean!));
        return Norm.forward(Unit.Convolve(x, weight.div(AlongWeight(safe)), Bias));
    }

    public override FoldedWeights Fold()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var factor = Gamma().div(RunningDeviation());
        var closed = factor.eq(0);
        var (integers, scales) = Unit.ToIntegers(Weight.mul(AlongWeight(factor.masked_fill(closed, 1))));
        var isClosed = closed.cpu().data<bool>().ToArray();
        var rowLength = integers.Length / scales.Length;
        for (var c = 0; c < scales.Length; c++)
        {
            if (isClosed[c])
                integers.AsSpan(c * rowLength, rowLength).Clear();
        }

        return new(integers, Weight.shape, scales, BatchNormAffine.Of(Norm, Bias).Bias);
    }
}
