using StickGen.Graphs;
using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>Values one after the other along a dimension. All have one scale, so that bytes are copied.</summary>
public sealed class ConcatUnit : Unit
{
    private readonly int axis;
    private readonly int[] order;

    /// <summary>A concatenation.</summary>
    /// <param name="site">The place in the model, which has one node: the concatenation.</param>
    public ConcatUnit(Site site)
        : base(site)
    {
        var node = site.Nodes[0];
        axis = ((Concat)node.Operation).Axis;
        // A value that is concatenated with itself is one argument of the unit.
        var distinct = node.Inputs.Distinct().ToList();
        order = [.. node.Inputs.Select(i => distinct.IndexOf(i))];
    }

    /// <inheritdoc/>
    protected override UnitPlacement DefaultPlacement => UnitPlacement.OneScale;

    /// <inheritdoc/>
    protected internal override bool IsNonNegative(bool inputsAre) => inputsAre;

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs)
    {
        var tensors = new Tensor[order.Length];
        for (var i = 0; i < order.Length; i++)
            tensors[i] = inputs[order[i]];
        return cat(tensors, axis);
    }

    /// <inheritdoc/>
    protected override Tensor Simulate(ReadOnlySpan<Tensor> inputs) => Float(inputs);

    /// <inheritdoc/>
    protected override Tensor Exact(ReadOnlySpan<Tensor> inputs) => IntegerArithmetic.Steps(Float(inputs), Output);

    /// <inheritdoc/>
    protected internal override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs)
    {
        var values = new GraphValue[order.Length];
        for (var i = 0; i < order.Length; i++)
            values[i] = inputs[order[i]];
        return lowering.Add(this, new Concat(axis), values);
    }
}
