using StickGen.Operations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>
/// A batch normalization that follows no convolution. It becomes a depthwise 1×1 convolution whose only weight in a channel is
/// ±127 of the channel's own scale, so that nothing is lost and its weights need no quantizer.
/// </summary>
public sealed class BatchNormUnit : WeightedUnit
{
    private readonly BatchNorm2d norm;

    /// <summary>A batch normalization with running statistics.</summary>
    public BatchNormUnit(Site site, BatchNorm2d norm, Activation activation = Activation.None)
        : base(site, activation, norm) => this.norm = norm;

    /// <inheritdoc/>
    public override string? LoweringProblem =>
        norm.running_mean is null ? "it has no running statistics (track_running_stats = false)" : base.LoweringProblem;

    /// <inheritdoc/>
    public override long WeightCount => norm.num_features;

    /// <inheritdoc/>
    public override long OutputChannels => norm.num_features;

    private protected override Operation Operation => new Operations.Conv2d(new Window(1, 1, 0, 1), checked((int)norm.num_features), Activation);

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => Activation.Apply(norm.forward(inputs[0]));

    /// <inheritdoc/>
    protected override Tensor Simulate(ReadOnlySpan<Tensor> inputs) =>
        norm.running_mean is null ? Float(inputs) : Activation.Apply(BatchNormAffine.Normalize(Site, norm, inputs[0]));

    private protected override FoldedWeights Fold()
    {
        var affine = BatchNormAffine.Of(norm, null);
        return new(
            Array.ConvertAll(affine.Factor, f => 127 * Math.Sign(f)), [affine.Factor.Length, 1, 1, 1],
            Array.ConvertAll(affine.Factor, f => (float)(Math.Abs(f) / 127)), affine.Bias);
    }

    private protected override (Tensor Weight, Tensor? Bias) FoldFloat()
    {
        var affine = BatchNormAffine.Of(norm, null);
        return (affine.FactorTensor(CPU).reshape(-1, 1, 1, 1), affine.BiasTensor(CPU));
    }

    private protected override Tensor Map(Tensor x, Tensor weight) => nn.functional.conv2d(x, weight, groups: norm.num_features);

    private protected override Tensor AlongOutput(Tensor channels) => channels.reshape(1, -1, 1, 1);
}
