using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>
/// A batch normalization with its running statistics as <c>factor · y + bias</c>, after a layer whose own bias is folded in:
/// <c>factor = γ/σ</c>, <c>bias = β + (b − μ)·γ/σ</c>. In float64.
/// </summary>
internal sealed record BatchNormAffine(double[] Factor, double[] Bias)
{
    public static BatchNormAffine Of(BatchNorm2d norm, Tensor? layerBias)
    {
        var mean = norm.running_mean!.ToFloats();
        var variance = norm.running_var!.ToFloats();
        var gamma = norm.weight?.ToFloats();
        var beta = norm.bias?.ToFloats();
        var offset = layerBias?.ToFloats();
        var (factor, bias) = (new double[mean.Length], new double[mean.Length]);
        for (var c = 0; c < mean.Length; c++)
        {
            factor[c] = (gamma?[c] ?? 1.0) / Math.Sqrt(variance[c] + norm.eps);
            bias[c] = (beta?[c] ?? 0.0) + (((offset?[c] ?? 0.0) - mean[c]) * factor[c]);
        }

        return new(factor, bias);
    }

    /// <summary>Whether running statistics are used: outside of training, and once frozen.</summary>
    public static bool UsesRunningStatistics(Site site, BatchNorm2d norm) =>
        !norm.training || (site.BatchNorm.FreezeAfter is { } step && site.State.Step > step);

    /// <summary>A batch normalization with running statistics on its own, frozen if it has to be.</summary>
    public static Tensor Normalize(Site site, BatchNorm2d norm, Tensor x) =>
        UsesRunningStatistics(site, norm)
            ? nn.functional.batch_norm(x, norm.running_mean!, norm.running_var!, norm.weight, norm.bias, false, 0, norm.eps)
            : norm.forward(x);

    public Tensor FactorTensor(Device device) => tensor(Array.ConvertAll(Factor, f => (float)f), device: device);

    public Tensor BiasTensor(Device device) => tensor(Array.ConvertAll(Bias, b => (float)b), device: device);
}
