using System.Runtime.InteropServices;
using StickGen;
using StickGen.Graphs;
using StickGen.Quantization;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Linear = TorchSharp.Modules.Linear;

namespace ThirdPartyQuantizer;

/// <summary>A linear layer whose result is added to itself is one of doubled weights.</summary>
[RewriteRule]
public static partial class LinearTwice
{
    [Match]
    private static Tensor Pattern(Tensor x, Linear fc) => fc.forward(x) + fc.forward(x);

    // The unit has none.
    [Where]
    private static bool HasNoBias(Linear fc) => fc.bias is null;

    [Replace]
    private static Unit With(Site site, Linear fc) => new LinearTwiceUnit(site, fc);
}

/// <summary>Computes it in every mode of a variant, and says what it is in the integer model: one linear layer with twice the scale.</summary>
public sealed class LinearTwiceUnit(Site site, Linear fc) : Unit(site, fc)
{
    private readonly FakeQuantizer quantizer = site.CreateWeightQuantizer(fc.weight)!;

    // Reads quantized values, and its result gets a quantizer.
    protected override UnitPlacement DefaultPlacement => UnitPlacement.Quantized;

    // What the original modules return, bit for bit.
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => fc.forward(inputs[0]).mul(2);

    // The same with rounded weights, for training.
    protected override Tensor Simulate(ReadOnlySpan<Tensor> inputs) =>
        functional.linear(inputs[0], quantizer.call(fc.weight)).mul(2);

    // What the integer model computes, in integers that are floats, whose sums float64 has exactly: the result less its zero point.
    protected override Tensor Exact(ReadOnlySpan<Tensor> inputs)
    {
        var sum = functional.linear(
            IntegerArithmetic.Steps(inputs[0], Inputs[0]).to_type(ScalarType.Float64), quantizer.Steps(fc.weight).to_type(ScalarType.Float64));
        var output = Output.Parameters.ToValueQuantization();
        var multiplier = Requantization.Multiplier(Inputs[0].Parameters.Scale, 2 * quantizer.Parameters.Scale, output.Scale);
        return IntegerArithmetic.Requantize(sum, tensor(multiplier), output, (output.Low, output.High));
    }

    // The node of the integer model.
    protected override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs)
    {
        var integers = quantizer.Steps(fc.weight).to_type(ScalarType.Int8).data<sbyte>().ToArray();
        var weight = lowering.Graph.AddConstant(
            $"{Name}.weight", ElementType.Int8, Shape.Of(fc.weight.shape), MemoryMarshal.AsBytes<sbyte>(integers).ToArray(),
            ValueQuantization.PerTensor(2 * quantizer.Parameters.Scale, 0, -127, 127));
        return lowering.Add(this, new StickGen.Operations.Linear(), [inputs[0], weight]);
    }
}
