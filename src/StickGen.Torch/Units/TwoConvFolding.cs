using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>
/// Batch statistics from a first convolution, and the correction σ/σ_batch, which keeps the quantized weights <c>W·γ/σ</c>
/// free of the noise of a batch (Krishnamoorthi 2018, section 3.2.2). The correction is made to the rounded weights, which
/// is the same as to the result, and cheaper.
/// </summary>
internal sealed class TwoConvFolding(ConvUnit unit, BatchNorm2d norm) : BatchNormFolding(unit, norm)
{
    public override Tensor Simulate(Tensor x)
    {
        if (UsesRunningStatistics)
        {
            var runningFactor = Gamma().div(RunningDeviation());
            return Unit.Convolve(x, Unit.Quantize(Weight.mul(AlongWeight(runningFactor))), FoldedBias(runningFactor, Norm.running_mean!));
        }

        var (mean, variance) = BatchStatistics(Unit.Convolve(x, Weight, Bias));
        var deviation = variance.add(Norm.eps).sqrt();
        var running = RunningDeviation();
        var weight = Unit.Quantize(Weight.mul(AlongWeight(Gamma().div(running))));
        return Unit.Convolve(x, weight.mul(AlongWeight(running.div(deviation))), FoldedBias(Gamma().div(deviation), mean));
    }

    public override FoldedWeights Fold()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (integers, scales) = Unit.ToIntegers(Weight.mul(AlongWeight(Gamma().div(RunningDeviation()))));
        return new(integers, Weight.shape, scales, BatchNormAffine.Of(Norm, Bias).Bias);
    }

    /// <summary>Mean and biased variance of the batch, with gradients; the running statistics learn of them.</summary>
    private (Tensor Mean, Tensor Variance) BatchStatistics(Tensor y)
    {
        var mean = y.mean([0, 2, 3]);
        var variance = y.var([0, 2, 3], unbiased: false);

        using var noGrad = no_grad();
        Norm.num_batches_tracked!.add_(1);
        var momentum = Norm.momentum ?? 1.0 / Norm.num_batches_tracked.item<long>();
        var count = (double)y.numel() / y.shape[1];
        Norm.running_mean!.mul_(1 - momentum).add_(mean, momentum);
        Norm.running_var!.mul_(1 - momentum).add_(variance, momentum * count / Math.Max(count - 1, 1));
        return (mean, variance);
    }
}
