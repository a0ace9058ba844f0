using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Quantization;

namespace StickGen.Operations;

/// <summary>
/// y = x·Wᵀ + b over the last dimension, of float32 values and weights in integers with a scale for each group of inputs; the sums are those of <see cref="GroupQuantizedMatrix"/>. Inputs:
/// [..., I], weight [O, I] in int8, scales [O, groups], of an asymmetric scheme zero points [O, groups] in int8, and optionally a bias [O].
/// </summary>
/// <param name="Scheme">Bits, group size, symmetry.</param>
/// <param name="Precision">Whether values are quantized, too.</param>
/// <param name="InputScale">With <see cref="ActivationPrecision.StaticInt8"/>, what an integer of 1 stands for; else 0.</param>
/// <param name="InputZeroPoint">With <see cref="ActivationPrecision.StaticInt8"/>, the integer in [0, 255] that stands for 0; else 0.</param>
public sealed record GroupedLinear(GroupScheme Scheme, ActivationPrecision Precision = ActivationPrecision.Float, float InputScale = 0, int InputZeroPoint = 0) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "grouped_linear";

    /// <summary>The number of constants but the bias.</summary>
    internal int Weights => Scheme.Symmetric ? 2 : 3;

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (inputs.Length != 1 + Weights && inputs.Length != 2 + Weights)
            throw new ShapeException($"{inputs.Length} inputs; the input, weight, scales{(Scheme.Symmetric ? "" : ", zero points")} and optionally a bias are expected.");
        var weight = ShapeChecks.Constant(inputs[1], "weight", 2);
        var columns = weight[1].Size;
        var length = Scheme.GroupSize == 0 ? columns : Scheme.GroupSize;
        if (columns % length != 0)
            throw new ShapeException($"a group size of {length} does not divide the {columns} inputs.");
        Groups(inputs[2], "scales");
        if (!Scheme.Symmetric)
            Groups(inputs[3], "zero points");
        if (inputs.Length > 1 + Weights)
            ShapeChecks.Same("bias length", ShapeChecks.Constant(inputs[^1], "bias", 1)[0], "first dimension of the weight", weight[0]);
        if (inputs[0].Shape is not { } input)
            return null;
        if (input.Rank == 0)
            throw new ShapeException("the input is a scalar.");
        ShapeChecks.Same("input features", input[-1], "weight columns", columns);
        return input.With(-1, weight[0]);

        void Groups(GraphValue value, string name)
        {
            var shape = ShapeChecks.Constant(value, name, 2);
            ShapeChecks.Same($"rows of the {name}", shape[0], "those of the weight", weight[0]);
            ShapeChecks.Same($"columns of the {name}", shape[1], "the number of groups", columns / length);
        }
    }
}
