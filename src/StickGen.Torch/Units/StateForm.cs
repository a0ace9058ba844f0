using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>A parameter or a buffer as a value. It stays in float32, and is quantized where a quantized unit reads it.</summary>
internal sealed class StateForm : IntegerForm
{
    /// <inheritdoc/>
    public override UnitPlacement Placement => UnitPlacement.Float;

    /// <inheritdoc/>
    public override bool IsFloat => true;

    /// <inheritdoc/>
    public override Tensor Exact(Unit unit, ReadOnlySpan<Tensor> inputs) => throw new InvalidOperationException($"'{unit.Name}' computes nothing.");

    /// <inheritdoc/>
    public override GraphValue Lower(Unit unit, Lowering lowering, ReadOnlySpan<GraphValue> inputs)
    {
        var node = unit.Site.Nodes[0];
        var key = node.Inputs[0].Name;
        // The value itself has the name of the parameter.
        return lowering.Add(unit, node.Operation, [lowering.AddConstant($"{unit.Name}.constant", unit.Site.State.Find(key))]);
    }
}
