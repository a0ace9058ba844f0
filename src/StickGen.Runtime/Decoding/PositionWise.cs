using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Decoding;

/// <summary>Whether an operation computes each position of a text by itself, and leaves the dimension of tokens as it is.</summary>
internal static class PositionWise
{
    /// <param name="operation">The operation.</param>
    /// <param name="inputs">What it reads.</param>
    /// <param name="axes">The dimension of tokens of each, from the front; none where it does not depend on tokens.</param>
    /// <exception cref="RefusedException">It does not, or that is not known of it.</exception>
    public static void Check(Operation operation, ReadOnlySpan<GraphValue> inputs, ReadOnlySpan<int?> axes)
    {
        var first = -1;
        for (var i = axes.Length - 1; i >= 0; i--)
            first = axes[i] is null ? first : i;
        // What does not depend on tokens is the same at all positions.
        if (first < 0)
            return;
        var (axis, shape, name) = (axes[first]!.Value, inputs[first].Shape!, inputs[first].Name);
        switch (operation)
        {
            case Embedding or Elementwise or Activate or Dropout or Quantize or Dequantize or Lookup or Permute or Reshape or Flatten or Expand or Arithmetic { Number: not null }:
                break;
            case Add or Arithmetic:
                CheckAligned(inputs, axes, axis - shape.Rank);
                break;
            case Linear or GroupedLinear or Softmax when operation is not Softmax softmax || ShapeChecks.Axis(shape, softmax.Axis) == shape.Rank - 1:
                Refuse(axis == shape.Rank - 1);
                break;
            case Normalize { Function: "layer_norm" } normalize:
                Refuse(axis >= shape.Rank - normalize.Size);
                break;
            case Reduce reduce:
                Refuse(reduce.Axes.Count == 0 || reduce.Axes.Any(a => ShapeChecks.Axis(shape, a) == axis));
                break;
            case Concat concat:
                Refuse(ShapeChecks.Axis(shape, concat.Axis) == axis);
                break;
            case Slice slice:
                Refuse(ShapeChecks.Axis(shape, slice.Axis) == axis);
                break;
            case Select select:
                Refuse(ShapeChecks.Axis(shape, select.Axis) == axis);
                break;
            case RepeatInterleave repeat:
                Refuse(ShapeChecks.Axis(shape, repeat.Axis) == axis);
                break;
            case MatMul when axes[1] is null:
                Refuse(axis == shape.Rank - 1);
                break;
            case MatMul:
                throw new RefusedException("it is a product over tokens. Attention is understood where it is written as scaled_dot_product_attention with is_casual.");
            default:
                throw new RefusedException("it is not known to compute each position by itself.");
        }

        void Refuse(bool isMixed)
        {
            if (isMixed)
                throw new RefusedException($"it goes along the tokens, which are dimension {axis} of '{name}' with the shape {shape}.");
        }
    }

    /// <summary>The result has to have the tokens where they were, for operations that only shapes say that of.</summary>
    public static void CheckResult(Operation operation, ReadOnlySpan<GraphValue> inputs, GraphValue output, int? axis, int? result)
    {
        if (axis is not { } from)
            return;
        var shape = output.Shape!;
        if (result is not { } to)
            throw new RefusedException($"its result has the shape {shape}, in which no dimension goes along tokens.");
        if (operation is Reshape or Flatten && (Product(inputs[0].Shape!, 0, from) != Product(shape, 0, to)))
            throw new RefusedException($"it makes {shape} of {inputs[0].Shape}, which mixes tokens with other dimensions.");
    }

    /// <summary>All operands that depend on tokens have them at one place, and others are repeated along it.</summary>
    private static void CheckAligned(ReadOnlySpan<GraphValue> inputs, ReadOnlySpan<int?> axes, int fromEnd)
    {
        Dimension one = 1;
        for (var i = 0; i < inputs.Length; i++)
        {
            var shape = inputs[i].Shape!;
            if (axes[i] is { } axis ? axis - shape.Rank != fromEnd : -fromEnd <= shape.Rank && shape[fromEnd] != one)
                throw new RefusedException($"'{inputs[i].Name}' has the shape {shape}, in which dimension {fromEnd} is neither the tokens nor 1.");
        }
    }

    private static long Product(Shape shape, int from, int to) => shape.Skip(from).Take(to - from).Aggregate(1L, (product, d) => product * d.Size);
}
