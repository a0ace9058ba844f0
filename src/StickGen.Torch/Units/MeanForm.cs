using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>The mean or the sum along dimensions that lie next to each other.</summary>
internal sealed class MeanForm(Reduce operation) : IntegerForm
{
    /// <inheritdoc/>
    public override UnitPlacement Placement => UnitPlacement.Quantized;

    /// <summary>Whether the integer model has the reduction.</summary>
    public static bool Suits(Reduce operation, Shape? input)
    {
        if (operation.Function is not ("mean" or "sum") || input is null)
            return false;
        var axes = operation.Axes.Select(axis => axis < 0 ? axis + input.Rank : axis).Order().ToArray();
        return axes.Length == 0 || axes[^1] - axes[0] == axes.Length - 1;
    }

    /// <inheritdoc/>
    public override bool IsNonNegative(bool inputsAre) => inputsAre;

    /// <inheritdoc/>
    public override Tensor Exact(Unit unit, ReadOnlySpan<Tensor> inputs)
    {
        var steps = IntegerArithmetic.Steps(inputs[0], unit.Inputs[0]);
        var axes = operation.Axes.Count > 0 ? operation.Axes.ToArray() : [.. Enumerable.Range(0, (int)steps.dim()).Select(i => (long)i)];
        var count = axes.Aggregate(1L, (product, axis) => product * steps.shape[axis < 0 ? axis + steps.dim() : axis]);
        var sum = steps.to_type(IntegerArithmetic.ExactType(count * unit.Inputs[0].Parameters.Reach, steps.device)).sum(axes, operation.KeepDimensions);
        var output = unit.Output.Parameters.ToValueQuantization();
        var multiplier = Requantization.MeanMultiplier(unit.Inputs[0].Parameters.Scale, output.Scale, operation.Function == "sum" ? 1 : checked((int)count));
        return IntegerArithmetic.Requantize(sum, tensor(multiplier, device: sum.device), output, (output.Low, output.High));
    }

    /// <inheritdoc/>
    public override GraphValue Lower(Unit unit, Lowering lowering, ReadOnlySpan<GraphValue> inputs) => lowering.Add(
        unit,
        operation.Axes.Count > 0 ? operation : operation with { Axes = [.. Enumerable.Range(0, inputs[0].Shape!.Rank).Select(axis => (long)axis)] },
        inputs);
}
