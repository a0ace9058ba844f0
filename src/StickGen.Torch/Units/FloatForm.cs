using StickGen.Graphs;
using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>How an operation is computed in float32 by the runtime, where its values are not quantized.</summary>
/// <param name="operation">The operation of the deployed model.</param>
/// <param name="constants">Its constants, by the ends of their names.</param>
internal sealed class FloatForm(Operation operation, params (string Name, Tensor? Values)[] constants)
{
    /// <summary>The form of a node of the float graph, or <see langword="null"/> if the runtime has none.</summary>
    /// <param name="node">The node.</param>
    /// <param name="module">The module that computes it in the variant, if one does.</param>
    public static FloatForm? Of(GraphNode node, nn.Module? module) => node.Operation switch
    {
        Elementwise function when function.HasFloatKernel() => new(function),
        Arithmetic { Function: ArithmeticFunction.Power, NumberFirst: false, Number: { } exponent } => Power(exponent) is { } power ? new(new Elementwise(power)) : null,
        Arithmetic arithmetic when arithmetic.HasFloatKernel() => new(arithmetic),
        Reduce { Axes.Count: > 0 } reduce when MeanForm.Suits(reduce, node.Inputs[0].Shape) => new(reduce),
        MatMul when node.Inputs.All(i => i.Shape is { Rank: >= 2 }) => new(node.Operation),
        Softmax softmax when SoftmaxForm.Suits(softmax, node.Inputs[0].Shape) => new(softmax),
        Normalize { Function: "layer_norm" } normalize when module is TorchSharp.Modules.LayerNorm norm => new(normalize, ("weight", norm.weight), ("bias", norm.bias)),
        Embedding when module is TorchSharp.Modules.Embedding embedding => new(new Embedding(), ("weight", embedding.weight)),
        ScaledDotProductAttention when node.Inputs.Count == 3 => new(node.Operation),
        RepeatInterleave or Upsample => new(node.Operation),
        _ => null,
    };

    /// <summary>Adds the node.</summary>
    /// <param name="unit">The unit of the operation.</param>
    /// <param name="lowering">The deployed model.</param>
    /// <param name="inputs">What the unit reads: each value once.</param>
    public GraphValue Lower(Unit unit, Lowering lowering, ReadOnlySpan<GraphValue> inputs)
    {
        var read = unit.Site.Nodes[0].Inputs.Where(i => !i.IsConstant).ToList();
        var distinct = read.Distinct().ToList();
        var operands = new List<GraphValue>();
        foreach (var value in read)
            operands.Add(inputs[distinct.IndexOf(value)]);
        // A missing one ends the list: there is no bias without a weight.
        foreach (var (name, values) in constants.TakeWhile(c => c.Values is not null))
            operands.Add(lowering.AddConstant($"{unit.Name}.{name}", values!));
        return lowering.Add(unit, operation, [.. operands]);
    }

    private static ElementFunction? Power(double exponent) => exponent switch
    {
        2 => ElementFunction.Square,
        0.5 => ElementFunction.Sqrt,
        -0.5 => ElementFunction.Rsqrt,
        -1 => ElementFunction.Reciprocal,
        _ => null,
    };
}
