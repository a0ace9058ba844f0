using StickGen.Compression;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>One way to simulate the batch normalization of a <see cref="ConvUnit"/>.</summary>
internal abstract class BatchNormFolding(ConvUnit unit, BatchNorm2d norm)
{
    protected ConvUnit Unit { get; } = unit;

    protected BatchNorm2d Norm { get; } = norm;

    protected Tensor Weight => Unit.Convolution.weight;

    protected Tensor? Bias => Unit.Convolution.bias;

    /// <summary>Whether running statistics are used: outside of training, and once frozen.</summary>
    protected bool UsesRunningStatistics => BatchNormAffine.UsesRunningStatistics(Unit.Site, Norm);

    public static BatchNormFolding Create(ConvUnit unit, BatchNorm2d norm)
    {
        // Statistics of the batch alone cannot be folded; neither can what stays in float profit from it.
        if (norm.running_mean is null)
            throw new CompressionException(
                $"'{unit.Name}' has a batch normalization without running statistics (track_running_stats = false), which cannot be folded.");
        return unit.Site.BatchNorm.Fold switch
        {
            BatchNormFold.None => new NoFolding(unit, norm),
            BatchNormFold.OneConvFold => new OneConvFolding(unit, norm),
            BatchNormFold.TwoConvFold => new TwoConvFolding(unit, norm),
            var fold => throw new CompressionException($"BatchNormFold is {fold}; None, OneConvFold or TwoConvFold is expected."),
        };
    }

    /// <summary>Convolution and batch normalization with fake-quantized weights.</summary>
    public abstract Tensor Simulate(Tensor x);

    /// <summary>The integers that <see cref="Simulate"/> has outside of training.</summary>
    public abstract FoldedWeights Fold();

    /// <summary>σ of the running statistics, [C].</summary>
    protected Tensor RunningDeviation() => Norm.running_var!.add(Norm.eps).sqrt();

    /// <summary>γ, [C].</summary>
    protected Tensor Gamma() => Norm.weight ?? ones_like(Norm.running_var!);

    /// <summary>The batch normalization on its own, frozen if it has to be.</summary>
    protected Tensor Normalize(Tensor y) => BatchNormAffine.Normalize(Unit.Site, Norm, y);

    /// <summary>β + (b − mean)·factor, [C].</summary>
    protected Tensor FoldedBias(Tensor factor, Tensor mean)
    {
        var bias = (Bias is null ? mean.neg() : Bias.sub(mean)).mul(factor);
        return Norm.bias is null ? bias : bias.add(Norm.bias);
    }

    /// <summary>A vector along the output channels of a weight.</summary>
    protected static Tensor AlongWeight(Tensor channels) => channels.reshape(-1, 1, 1, 1);
}
