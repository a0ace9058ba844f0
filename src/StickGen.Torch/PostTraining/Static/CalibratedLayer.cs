using StickGen.Quantization;
using StickGen.Units;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// A convolution or a linear layer of a variant while it is calibrated. Its weight and its bias are those with batch normalization folded in; what changes them changes γ and β where there are some, never the
/// running statistics, and so leaves every other reader of those alone.
/// </summary>
internal sealed class CalibratedLayer : IDisposable
{
    private readonly ConvUnit? conv;
    private readonly LinearUnit? linear;
    private Tensor[]? floatValues, ownValues;

    public CalibratedLayer(WeightedUnit unit)
    {
        (Unit, conv, linear) = (unit, unit as ConvUnit, unit as LinearUnit);
        Groups = conv is null ? 1 : checked((int)conv.Convolution.groups);
        Outputs = checked((int)unit.OutputChannels);
        Inputs = checked((int)(conv?.Convolution.in_channels ?? Weight.shape[1]));
    }

    public WeightedUnit Unit { get; }

    public string Name => Unit.Name;

    public ObservingQuantizer Quantizer => (ObservingQuantizer)Unit.WeightQuantizer!;

    public int Groups { get; }

    public int Outputs { get; }

    /// <summary>Input channels.</summary>
    public int Inputs { get; }

    /// <summary>Whether what it computes can be divided channel by channel: not where a batch normalization has no γ and β.</summary>
    public bool CanScaleOutputs => Norm is null or { weight: not null, bias: not null };

    private Parameter Weight => conv?.Convolution.weight ?? linear!.Layer.weight;

    private Parameter? Bias => conv is null ? linear!.Layer.bias : conv.Convolution.bias;

    private BatchNorm2d? Norm => conv?.Norm;

    /// <summary>The parameter that a bias is added to.</summary>
    private Parameter? Offset => Norm?.bias ?? Bias;

    /// <summary>The weight, [outputs, inputs / groups, …]. Of a channel with γ = 0 it is zero.</summary>
    public Tensor FoldedWeight() => Factor() is { } factor ? Weight.detach().mul(AlongOutputs(factor)) : Weight.detach().clone();

    /// <summary>The bias, [outputs].</summary>
    public Tensor FoldedBias()
    {
        if (Factor() is not { } factor)
            return Bias?.detach().clone() ?? zeros(Outputs, device: Weight.device);
        var bias = (Bias is null ? Norm!.running_mean!.neg() : Bias.detach().sub(Norm!.running_mean!)).mul(factor);
        return Norm.bias is null ? bias : bias.add(Norm.bias.detach());
    }

    /// <summary>Replaces the weight by one that becomes <paramref name="folded"/>, to within roundings, when batch normalization is folded in.</summary>
    public void SetFoldedWeight(Tensor folded)
    {
        using var scope = NewDisposeScope();
        if (Factor() is { } factor)
        {
            // Weights of a closed channel count for nothing, and there is no factor to divide by.
            var isClosed = AlongOutputs(factor).eq(0);
            folded = where(isClosed, Weight.detach(), folded.div(AlongOutputs(factor).masked_fill(isClosed, 1)));
        }

        Weight.copy_(folded);
    }

    /// <summary>The real numbers of integers, and of none else: what the quantizer makes of a weight with those integers.</summary>
    /// <param name="steps">Integers, shaped as the weight.</param>
    public Tensor Dequantize(Tensor steps) => steps.mul(Quantizer.Scheme.PerChannel ? FakeQuantize.AlongChannels(Quantizer.Parameters.Scales, steps) : tensor(Quantizer.Parameters.Scale, device: steps.device));

    /// <summary>Gives a layer without a bias one of zeros.</summary>
    public void AddBias()
    {
        if (Offset is not null)
            return;
        var bias = nn.Parameter(zeros(Outputs, device: Weight.device).DetachFromDisposeScope(), requires_grad: Weight.requires_grad);
        if (conv is null)
            linear!.Layer.bias = bias;
        else
            conv.Convolution.bias = bias;
    }

    /// <summary>Adds to the bias, which it has.</summary>
    /// <param name="shift">[outputs].</param>
    public void ShiftBias(Tensor shift)
    {
        using var scope = NewDisposeScope();
        // The bias of a convolution goes through the normalization, where that has none.
        Offset!.add_(Norm is { bias: null } ? shift.div(Factor()!) : shift);
    }

    /// <summary>Divides what the layer computes.</summary>
    /// <param name="scale">[outputs].</param>
    public void ScaleOutputs(Tensor scale)
    {
        if (Norm is { } norm)
        {
            norm.weight!.div_(scale);
            norm.bias!.div_(scale);
            return;
        }

        using var along = AlongOutputs(scale);
        Weight.div_(along);
        Bias?.div_(scale);
    }

    /// <summary>Multiplies what the layer makes of its inputs.</summary>
    /// <param name="scale">[inputs].</param>
    public void ScaleInputs(Tensor scale)
    {
        using var scope = NewDisposeScope();
        Weight.mul_(AlongInputs(scale, Weight));
    }

    /// <summary>A number for each input channel, shaped to broadcast along a weight.</summary>
    public Tensor AlongInputs(Tensor scale, Tensor weight)
    {
        // Each group of outputs has inputs of its own.
        var grouped = scale.reshape(Groups, 1, Inputs / Groups).expand(Groups, Outputs / Groups, Inputs / Groups);
        return grouped.reshape([Outputs, Inputs / Groups, .. Enumerable.Repeat(1L, (int)weight.dim() - 2)]);
    }

    /// <summary>A number for each output channel, shaped to broadcast along the weight.</summary>
    public Tensor AlongOutputs(Tensor scale) => scale.reshape([Outputs, .. Enumerable.Repeat(1L, (int)Weight.dim() - 1)]);

    /// <summary>What the weights are multiplied with at each position of the result, [N, groups · k, positions].</summary>
    /// <param name="x">What the layer reads.</param>
    public Tensor Patches(Tensor x)
    {
        if (conv is null)
            return x.reshape(-1, Inputs, 1);
        var window = conv.Window;
        return nn.functional.unfold(
            x, (window.Kernel.Height, window.Kernel.Width), (window.Dilation.Height, window.Dilation.Width), (window.Padding.Height, window.Padding.Width), (window.Stride.Height, window.Stride.Width));
    }

    /// <summary>What the layer makes of patches, without bias and activation, [n, outputs].</summary>
    /// <param name="patches">[groups, n, k].</param>
    /// <param name="folded">The weight.</param>
    public Tensor Product(Tensor patches, Tensor folded) =>
        patches.matmul(folded.reshape(Groups, Outputs / Groups, -1).transpose(1, 2)).permute(1, 0, 2).reshape(-1, Outputs);

    /// <summary>Keeps the float values, before something changes them.</summary>
    public void KeepFloat() => floatValues = Values();

    /// <summary>Keeps the changed values.</summary>
    public void KeepOwn() => ownValues = Values();

    /// <summary>Computes with the float values, or with those that it was given. Nothing, for a layer that was not changed.</summary>
    public void Use(bool isFloat)
    {
        if (ownValues is null)
            return;
        foreach (var (target, source) in Parameters().Zip(isFloat ? floatValues! : ownValues))
            target.copy_(source);
    }

    /// <summary>What calibration may change, with the names that a file has for it.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() => Parameters().Select((p, i) => (i == 0 ? "weight" : "bias", p));

    public void Dispose()
    {
        foreach (var value in (floatValues ?? []).Concat(ownValues ?? []))
            value.Dispose();
    }

    private IEnumerable<Tensor> Parameters() => Offset is { } offset ? [Weight, offset] : [Weight];

    private Tensor[] Values() => [.. Parameters().Select(p => p.detach().clone().DetachFromDisposeScope())];

    /// <summary>γ/σ of the running statistics, [outputs].</summary>
    private Tensor? Factor() => Norm is { } norm ? (norm.weight?.detach() ?? ones_like(norm.running_var!)).div(norm.running_var!.add(norm.eps).sqrt()) : null;
}
