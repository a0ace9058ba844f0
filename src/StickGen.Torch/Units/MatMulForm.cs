using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>The product of two matrices, both computed: scores of attention, and what they select.</summary>
internal sealed class MatMulForm(GraphNode node) : IntegerForm
{
    // A matrix that is multiplied with itself is one argument of the unit.
    private readonly int right = node.Inputs[0] == node.Inputs[1] ? 0 : 1;

    /// <inheritdoc/>
    public override UnitPlacement Placement => UnitPlacement.Quantized;

    /// <summary>Whether both are matrices, and not vectors.</summary>
    public static bool Suits(GraphNode node) => node.Inputs.All(input => input.Shape is { Rank: >= 2 });

    /// <inheritdoc/>
    public override bool IsNonNegative(bool inputsAre) => inputsAre;

    /// <inheritdoc/>
    public override Tensor Exact(Unit unit, ReadOnlySpan<Tensor> inputs)
    {
        var (a, b) = (unit.Inputs[0].Parameters, unit.Inputs[right].Parameters);
        var steps = IntegerArithmetic.Steps(inputs[0], unit.Inputs[0]);
        var type = IntegerArithmetic.ExactType(steps.shape[^1] * a.Reach * b.Reach, steps.device);
        var sum = steps.to_type(type).matmul(IntegerArithmetic.Steps(inputs[right], unit.Inputs[right]).to_type(type));
        var output = unit.Output.Parameters.ToValueQuantization();
        var multiplier = Requantization.Multiplier(a.Scale, b.Scale, output.Scale);
        return IntegerArithmetic.Requantize(sum, tensor(multiplier, device: sum.device), output, (output.Low, output.High));
    }

    /// <inheritdoc/>
    public override GraphValue Lower(Unit unit, Lowering lowering, ReadOnlySpan<GraphValue> inputs) =>
        lowering.Add(unit, new MatMul(), [inputs[0], inputs[right]]);
}
