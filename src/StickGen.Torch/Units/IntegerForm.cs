using StickGen.Graphs;
using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>How an operation that has no trained weights is computed with integers: in the integer-exact mode, and in the integer model.</summary>
internal abstract class IntegerForm
{
    /// <summary>Where quantizers are placed around it.</summary>
    public abstract UnitPlacement Placement { get; }

    /// <summary>The form of a node of the float graph, or <see langword="null"/> if it has none.</summary>
    /// <param name="node">The node.</param>
    /// <param name="module">The module that computes it in the variant, if one does.</param>
    public static IntegerForm? Of(GraphNode node, nn.Module? module) => node.Operation switch
    {
        Elementwise or Arithmetic { Number: { } } when LookupForm.Suits(node.Operation) => new LookupForm(node.Operation),
        Arithmetic when ArithmeticForm.Suits(node.Operation) => new ArithmeticForm(node),
        Reduce reduce when MeanForm.Suits(reduce, node.Inputs[0].Shape) => new MeanForm(reduce),
        MatMul when MatMulForm.Suits(node) => new MatMulForm(node),
        Softmax softmax when SoftmaxForm.Suits(softmax, node.Inputs[0].Shape) => new SoftmaxForm(),
        Normalize normalize when NormalizeForm.Suits(module) => new NormalizeForm(normalize, module!),
        Upsample upsample => new MoveForm(upsample),
        State => new StateForm(),
        _ => null,
    };

    /// <summary>Whether the integer model has it in float32 too.</summary>
    public virtual bool IsFloat => false;

    /// <inheritdoc cref="Unit.IsNonNegative"/>
    public virtual bool IsNonNegative(bool inputsAre) => false;

    /// <inheritdoc cref="Unit.Exact"/>
    public abstract Tensor Exact(Unit unit, ReadOnlySpan<Tensor> inputs);

    /// <inheritdoc cref="Unit.Lower"/>
    public abstract GraphValue Lower(Unit unit, Lowering lowering, ReadOnlySpan<GraphValue> inputs);
}
