using StickGen.Compression;
using StickGen.Operations;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Conv2d = TorchSharp.Modules.Conv2d;

namespace StickGen.Units;

/// <summary>A convolution, optionally with the batch normalization and the activation that follow it.</summary>
public sealed class ConvUnit : WeightedUnit
{
    private readonly Conv2d conv;
    private readonly BatchNormFolding? folding;
    private readonly BatchNorm2d? norm;

    /// <summary>A convolution and an activation.</summary>
    public ConvUnit(Site site, Conv2d conv, Activation activation = Activation.None)
        : this(site, conv, norm: null, activation)
    {
    }

    /// <summary>A convolution, a batch normalization and an activation.</summary>
    /// <param name="site">The place in the model.</param>
    /// <param name="conv">The convolution; it pads with zeros, alike on both sides.</param>
    /// <param name="norm">The batch normalization, or <see langword="null"/>.</param>
    /// <param name="activation">The activation.</param>
    public ConvUnit(Site site, Conv2d conv, BatchNorm2d? norm, Activation activation = Activation.None)
        : base(site, activation, conv, norm)
    {
        ArgumentNullException.ThrowIfNull(conv);
        (this.conv, this.norm) = (conv, norm);
        Window = Windows.Of(
            conv.kernel_size, conv.stride,
            Windows.Padding(conv) ?? throw new CompressionException($"'{site.Name}' pads one side more than the other."),
            conv.dilation);
        WeightQuantizer = site.CreateWeightQuantizer(conv.weight);
        folding = norm is null ? null : BatchNormFolding.Create(this, norm);
    }

    /// <summary>How the kernel slides.</summary>
    public Window Window { get; }

    internal Conv2d Convolution => conv;

    internal BatchNorm2d? Norm => norm;

    /// <inheritdoc/>
    public override long WeightCount => conv.weight.numel();

    /// <inheritdoc/>
    public override long OutputChannels => conv.out_channels;

    private protected override Operation Operation => new Operations.Conv2d(Window, checked((int)conv.groups), Activation);

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs)
    {
        var y = conv.forward(inputs[0]);
        return Activation.Apply(norm is null ? y : norm.forward(y));
    }

    /// <inheritdoc/>
    protected override Tensor Simulate(ReadOnlySpan<Tensor> inputs) =>
        Activation.ApplyInPlace(folding is null ? Convolve(inputs[0], SimulateWeight(conv.weight), conv.bias) : folding.Simulate(inputs[0]));

    /// <summary>The convolution with other weights.</summary>
    internal Tensor Convolve(Tensor x, Tensor weight, Tensor? bias) =>
        nn.functional.conv2d(
            x, weight, bias,
            [Window.Stride.Height, Window.Stride.Width], [Window.Padding.Height, Window.Padding.Width],
            [Window.Dilation.Height, Window.Dilation.Width], conv.groups);

    internal Tensor Quantize(Tensor weight) => SimulateWeight(weight);

    internal (int[] Integers, float[] Scales) ToIntegers(Tensor weight) => Integers(weight);

    private protected override FoldedWeights Fold()
    {
        if (folding is not null)
            return folding.Fold();
        var (integers, scales) = Integers(conv.weight);
        return new(integers, conv.weight.shape, scales, conv.bias?.ToFloats() is { } bias ? Array.ConvertAll(bias, b => (double)b) : null);
    }

    private protected override (Tensor Weight, Tensor? Bias) FoldFloat()
    {
        if (norm is null)
            return (conv.weight, conv.bias);
        var affine = BatchNormAffine.Of(norm, conv.bias);
        return (conv.weight.mul(affine.FactorTensor(conv.weight.device).reshape(-1, 1, 1, 1)), affine.BiasTensor(conv.weight.device));
    }

    private protected override Tensor Map(Tensor x, Tensor weight) => Convolve(x, weight, null);

    private protected override Tensor AlongOutput(Tensor channels) => channels.reshape(1, -1, 1, 1);
}
