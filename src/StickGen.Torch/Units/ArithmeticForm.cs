using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>
/// The sum, the difference or the product of two values, of which one may be repeated along dimensions. A sum needs both at one scale; a
/// product of integers has the product of the scales.
/// </summary>
internal sealed class ArithmeticForm : IntegerForm
{
    private readonly Arithmetic operation;
    private readonly int right;

    public ArithmeticForm(GraphNode node)
    {
        operation = (Arithmetic)node.Operation;
        // A value that is combined with itself is one argument of the unit.
        right = node.Inputs[0] == node.Inputs[1] ? 0 : 1;
    }

    private bool IsProduct => operation.Function == ArithmeticFunction.Multiply;

    /// <inheritdoc/>
    public override UnitPlacement Placement => IsProduct ? UnitPlacement.Quantized : UnitPlacement.OneInputScale;

    /// <summary>Whether the function is one that integers have.</summary>
    public static bool Suits(Operation operation) =>
        operation is Arithmetic { Number: null, Function: ArithmeticFunction.Add or ArithmeticFunction.Subtract or ArithmeticFunction.Multiply };

    /// <inheritdoc/>
    public override bool IsNonNegative(bool inputsAre) => inputsAre && operation.Function != ArithmeticFunction.Subtract;

    /// <inheritdoc/>
    public override Tensor Exact(Unit unit, ReadOnlySpan<Tensor> inputs)
    {
        // Differences from zero points have 9 bits, so that float32 has their products without error.
        var (a, b) = (IntegerArithmetic.Steps(inputs[0], unit.Inputs[0]), IntegerArithmetic.Steps(inputs[right], unit.Inputs[right]));
        var accumulator = operation.Function switch
        {
            ArithmeticFunction.Multiply => a.mul(b),
            ArithmeticFunction.Subtract => a.sub(b),
            _ => a.add(b),
        };
        var output = unit.Output.Parameters.ToValueQuantization();
        var multiplier = IsProduct
            ? Requantization.Multiplier(unit.Inputs[0].Parameters.Scale, unit.Inputs[right].Parameters.Scale, output.Scale)
            : Requantization.AddMultiplier(unit.Inputs[0].Parameters.Scale, output.Scale);
        return IntegerArithmetic.Requantize(accumulator, tensor(multiplier, device: accumulator.device), output, (output.Low, output.High));
    }

    /// <inheritdoc/>
    public override GraphValue Lower(Unit unit, Lowering lowering, ReadOnlySpan<GraphValue> inputs) =>
        lowering.Add(unit, operation, [inputs[0], inputs[right]]);
}
