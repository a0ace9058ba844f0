using System.Collections.Immutable;
using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Quantization;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Linear = TorchSharp.Modules.Linear;

namespace RulePack;

/// <summary>A linear layer without bias, times a positive number.</summary>
public sealed class ScaledLinearUnit(Site site, Linear fc, double factor) : Unit(site, fc)
{
    private readonly FakeQuantizer quantizer = site.CreateWeightQuantizer(fc.weight)!;

    /// <inheritdoc/>
    protected override UnitPlacement DefaultPlacement => UnitPlacement.Quantized;

    /// <summary>The scale of the weights with the factor in it, one for all channels or one for each.</summary>
    private ImmutableArray<float> Scales => [.. quantizer.Parameters.Scales.Select(scale => (float)(scale * factor))];

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => fc.forward(inputs[0]).mul(factor);

    /// <inheritdoc/>
    protected override Tensor Simulate(ReadOnlySpan<Tensor> inputs) => functional.linear(inputs[0], quantizer.call(fc.weight)).mul(factor);

    /// <inheritdoc/>
    protected override Tensor Exact(ReadOnlySpan<Tensor> inputs)
    {
        // Sums of products of bytes are exact in float64, however many there are.
        var steps = IntegerArithmetic.Steps(inputs[0], Inputs[0]).to_type(ScalarType.Float64);
        var sum = functional.linear(steps, quantizer.Steps(fc.weight).to_type(ScalarType.Float64));
        var output = Output.Parameters.ToValueQuantization();
        var multipliers = Scales.Select(scale => Requantization.Multiplier(Inputs[0].Parameters.Scale, scale, output.Scale)).ToArray();
        return IntegerArithmetic.Requantize(sum, tensor(multipliers), output, (output.Low, output.High));
    }

    /// <inheritdoc/>
    protected override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs)
    {
        var integers = quantizer.Steps(fc.weight).to_type(ScalarType.Int8).data<sbyte>().ToArray();
        var reach = quantizer.Parameters.Reach;
        var weight = lowering.Graph.AddConstant(
            $"{Name}.weight", ElementType.Int8, Shape.Of(fc.weight.shape), MemoryMarshal.AsBytes<sbyte>(integers).ToArray(),
            quantizer.Parameters.PerChannel
                ? ValueQuantization.PerChannel(Scales, 0, -reach, reach)
                : ValueQuantization.PerTensor(Scales[0], 0, -reach, reach));
        return lowering.Add(this, new StickGen.Operations.Linear(), [inputs[0], weight]);
    }
}
