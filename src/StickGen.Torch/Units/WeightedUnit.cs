using System.Runtime.InteropServices;
using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>What convolution, linear and batch-norm units share: integer weights, an integer bias, and requantization.</summary>
public abstract class WeightedUnit : Unit
{
    private protected WeightedUnit(Site site, Activation activation, params ReadOnlySpan<nn.Module?> modules)
        : base(site, modules) => Activation = activation;

    /// <summary>Applied to the result.</summary>
    public Activation Activation { get; internal set; }

    /// <summary>The quantizer of the weight, or <see langword="null"/> if the weight stays in float.</summary>
    public FakeQuantizer? WeightQuantizer { get; private protected init; }

    /// <summary>The number of weights.</summary>
    public abstract long WeightCount { get; }

    /// <summary>The number of output channels.</summary>
    public abstract long OutputChannels { get; }

    /// <inheritdoc/>
    protected sealed override UnitPlacement DefaultPlacement => UnitPlacement.Quantized;

    /// <inheritdoc/>
    public override string? LoweringProblem =>
        !IsQuantized ? null
        : WeightQuantizer is null && this is not BatchNormUnit ? "its weight has no quantizer, while its input is quantized"
        : WeightQuantizer is { Scheme.Symmetric: false }
            ? "its weight quantizer is asymmetric (WeightSymmetric = false), which can be trained but not deployed: "
                + "the integer kernels take weights with zero point 0"
        : WeightQuantizer is { Scheme.Signed: false } ? "its weight quantizer is unsigned; integer kernels take signed weights"
        : WeightQuantizer is { Scheme: { Bits: 8, NarrowRange: false } }
            ? "its weight quantizer uses -128 (WeightNarrowRange = false); the integer kernels take weights in [-127, 127]"
        : null;

    /// <inheritdoc/>
    protected internal sealed override bool IsNonNegative(bool inputsAre) => Activation != Activation.None;

    /// <summary>The weights and the bias, batch normalization folded in.</summary>
    private protected abstract FoldedWeights Fold();

    /// <summary>The real weights and bias, batch normalization folded in, for a unit that is kept in float.</summary>
    private protected abstract (Tensor Weight, Tensor? Bias) FoldFloat();

    /// <summary>The layer without bias.</summary>
    private protected abstract Tensor Map(Tensor x, Tensor weight);

    /// <summary>A vector over output channels, shaped to broadcast along the result.</summary>
    private protected abstract Tensor AlongOutput(Tensor channels);

    private protected abstract Operation Operation { get; }

    /// <inheritdoc/>
    protected sealed override Tensor Exact(ReadOnlySpan<Tensor> inputs)
    {
        if (LoweringProblem is { } problem)
            throw new CompressionException($"'{Name}' has no integer form: {problem}.");
        var layer = ComputeIntegers();
        var steps = IntegerArithmetic.Steps(inputs[0], Inputs[0]);
        var device = steps.device;
        var type = IntegerArithmetic.ExactType(layer.Bound, device);

        var weight = tensor(layer.Weights, layer.Shape, ScalarType.Int8, device).to_type(type);
        var sum = Map(steps.to_type(type), weight);
        if (layer.Bias is { } bias)
            sum = sum.add(AlongOutput(tensor(bias, device: device).to_type(type)));
        return IntegerArithmetic.Requantize(
            sum, AlongOutput(tensor(layer.Multipliers, device: device)), Output.Parameters.ToValueQuantization(), layer.Range);
    }

    /// <inheritdoc/>
    protected internal sealed override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(lowering);
        if (!IsQuantized)
            return LowerGrouped(lowering, inputs[0]) ?? LowerFloat(lowering, inputs[0]);
        var layer = ComputeIntegers();
        var weight = lowering.Graph.AddConstant(
            $"{Name}.weight", ElementType.Int8, Shape.Of(layer.Shape), layer.WeightBytes(), WeightQuantization(layer));
        ReadOnlySpan<GraphValue> operands = layer.Bias is { } bias
            ? [inputs[0], weight, lowering.Graph.AddConstant($"{Name}.bias", ElementType.Int32, Shape.Of(bias.Length), MemoryMarshal.AsBytes<int>(bias).ToArray())]
            : [inputs[0], weight];
        return lowering.Add(this, Operation, operands);
    }

    /// <summary>The layer with integers in groups, if it has such.</summary>
    private protected virtual GraphValue? LowerGrouped(Lowering lowering, GraphValue input) => null;

    private protected Tensor SimulateWeight(Tensor weight) => WeightQuantizer?.call(weight) ?? weight;

    /// <summary>The integers of a weight, and their scales as one for each output channel.</summary>
    private protected (int[] Integers, float[] Scales) Integers(Tensor weight)
    {
        using var scope = NewDisposeScope();
        var steps = WeightQuantizer!.Steps(weight);
        var scales = WeightQuantizer.Parameters.Scales.ToArray();
        if (scales.Length == 1)
            scales = [.. Enumerable.Repeat(scales[0], checked((int)weight.shape[0]))];
        return (Array.ConvertAll(steps.ToFloats(), s => (int)s), scales);
    }

    /// <summary>The real numbers that the integers of the weight stand for.</summary>
    private (Tensor Weight, Tensor? Bias) FoldRounded()
    {
        var folded = Fold();
        var scales = FakeQuantize.AlongChannels([.. folded.Scales], zeros(folded.Shape));
        return (
            tensor(folded.Integers, folded.Shape).to_type(ScalarType.Float32).mul(scales),
            folded.Bias is { } bias ? tensor(Array.ConvertAll(bias, b => (float)b)) : null);
    }

    private IntegerLayer ComputeIntegers() =>
        IntegerLayer.Compute(Name, Fold(), Inputs[0].Parameters, Output.Parameters.ToValueQuantization(), Activation);

    private ValueQuantization WeightQuantization(IntegerLayer layer)
    {
        // Both ends alike: folding a negative factor of a batch normalization changes signs.
        var end = WeightQuantizer is { Scheme: var scheme } ? Math.Max(-scheme.QMin, scheme.QMax) : 127;
        // Batch normalization and channels that were widened give each channel a scale of its own.
        return layer.Scales.All(s => s == layer.Scales[0])
            ? ValueQuantization.PerTensor(layer.Scales[0], 0, -end, end)
            : ValueQuantization.PerChannel(layer.Scales, 0, -end, end);
    }

    private GraphValue LowerFloat(Lowering lowering, GraphValue input)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (weight, bias) = Placement == UnitPlacement.Float || WeightQuantizer is null ? FoldFloat() : FoldRounded();
        return bias is null
            ? lowering.Add(this, Operation, [input, lowering.AddConstant($"{Name}.weight", weight)])
            : lowering.Add(this, Operation, [input, lowering.AddConstant($"{Name}.weight", weight), lowering.AddConstant($"{Name}.bias", bias)]);
    }
}
