using StickGen.Graphs;
using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>What moves values and has a unit because its kind also has forms that compute: an interpolation by the nearest pixel.</summary>
internal sealed class MoveForm(Operation operation) : IntegerForm
{
    /// <inheritdoc/>
    public override UnitPlacement Placement => UnitPlacement.OneScale;

    /// <inheritdoc/>
    public override bool IsNonNegative(bool inputsAre) => inputsAre;

    /// <inheritdoc/>
    public override Tensor Exact(Unit unit, ReadOnlySpan<Tensor> inputs)
    {
        var steps = IntegerArithmetic.Steps(inputs[0], unit.Inputs[0]);
        return operation switch
        {
            Upsample { Factor: var factor } => steps.repeat_interleave(factor.Height, 2).repeat_interleave(factor.Width, 3),
            _ => throw new InvalidOperationException($"'{unit.Name}' ({operation}) does not only move values."),
        };
    }

    /// <inheritdoc/>
    public override GraphValue Lower(Unit unit, Lowering lowering, ReadOnlySpan<GraphValue> inputs) => lowering.Add(unit, operation, inputs);
}
