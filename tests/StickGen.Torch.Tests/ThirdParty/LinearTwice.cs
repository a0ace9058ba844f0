using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Quantization;
using StickGen.Units;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Linear = TorchSharp.Modules.Linear;

namespace StickGen.Torch.Tests.ThirdParty;

[Compressible, InputShape("batch", 7)]
public sealed partial class DoublingNet : Module<Tensor, Tensor>
{
    private readonly Linear fc = Linear(7, 5, hasBias: false);

    public DoublingNet()
        : base(nameof(DoublingNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var y = fc.forward(x);
        return y + y;
    }
}

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

public sealed class LinearTwiceUnit(Site site, Linear fc) : Unit(site, fc)
{
    private readonly FakeQuantizer quantizer = site.CreateWeightQuantizer(fc.weight)!;

    protected override UnitPlacement DefaultPlacement => UnitPlacement.Quantized;

    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => fc.forward(inputs[0]).mul(2);

    protected override Tensor Simulate(ReadOnlySpan<Tensor> inputs) =>
        functional.linear(inputs[0], quantizer.call(fc.weight)).mul(2);

    protected override Tensor Exact(ReadOnlySpan<Tensor> inputs)
    {
        var sum = functional.linear(
            IntegerArithmetic.Steps(inputs[0], Inputs[0]).to_type(ScalarType.Float64), quantizer.Steps(fc.weight).to_type(ScalarType.Float64));
        var output = Output.Parameters.ToValueQuantization();
        var multiplier = Requantization.Multiplier(Inputs[0].Parameters.Scale, 2 * quantizer.Parameters.Scale, output.Scale);
        return IntegerArithmetic.Requantize(sum, tensor(multiplier), output, (output.Low, output.High));
    }

    protected internal override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs)
    {
        var integers = quantizer.Steps(fc.weight).to_type(ScalarType.Int8).data<sbyte>().ToArray();
        var weight = lowering.Graph.AddConstant(
            $"{Name}.weight", ElementType.Int8, Shape.Of(fc.weight.shape), MemoryMarshal.AsBytes<sbyte>(integers).ToArray(),
            ValueQuantization.PerTensor(2 * quantizer.Parameters.Scale, 0, -127, 127));
        return lowering.Add(this, new StickGen.Operations.Linear(), [inputs[0], weight]);
    }
}
