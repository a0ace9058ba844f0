using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>
/// Softmax along the last dimension. Of an exponential only the distance to the greatest element counts, of which there are 256: they are a
/// table of integers, whose sum is exact.
/// </summary>
internal sealed class SoftmaxForm : IntegerForm
{
    /// <inheritdoc/>
    public override UnitPlacement Placement => UnitPlacement.Quantized;

    /// <summary>Whether it is along the last dimension.</summary>
    public static bool Suits(Softmax operation, Shape? input) =>
        !operation.Logarithm && input is not null && (operation.Axis == -1 || operation.Axis == input.Rank - 1);

    /// <inheritdoc/>
    public override bool IsNonNegative(bool inputsAre) => true;

    /// <inheritdoc/>
    public override Tensor Exact(Unit unit, ReadOnlySpan<Tensor> inputs)
    {
        var steps = IntegerArithmetic.Steps(inputs[0], unit.Inputs[0]);
        var entries = tensor(Table(unit), device: steps.device).to_type(ScalarType.Float64).take((steps.amax([-1], true) - steps).to_type(ScalarType.Int64));
        var output = unit.Output.Parameters.ToValueQuantization();
        // As Requantization.SoftmaxMultiplier: in float64, then rounded to float32.
        var multiplier = entries.sum([-1], true).mul((double)output.Scale).reciprocal().to_type(ScalarType.Float32);
        return IntegerArithmetic.Requantize(entries, multiplier, output, (output.Low, output.High));
    }

    /// <inheritdoc/>
    public override GraphValue Lower(Unit unit, Lowering lowering, ReadOnlySpan<GraphValue> inputs)
    {
        var table = MemoryMarshal.AsBytes<int>(Table(unit)).ToArray();
        return lowering.Add(
            unit, new Softmax(-1), [inputs[0], lowering.Graph.AddConstant($"{unit.Name}.table", ElementType.Int32, Shape.Of(Lookup.Entries), table)]);
    }

    /// <summary>exp(−scale · d) for each distance d, as multiples of 2⁻²³.</summary>
    private static int[] Table(Unit unit)
    {
        var scale = (double)unit.Inputs[0].Parameters.Scale;
        return [.. Enumerable.Range(0, Lookup.Entries).Select(d => (int)Math.Round(Softmax.One * Math.Exp(-scale * d), MidpointRounding.ToEven))];
    }
}
