using StickGen.Graphs;
using StickGen.Kernels.Float;

namespace StickGen.Operations;

/// <summary>A function of two numbers.</summary>
public enum ArithmeticFunction
{
    /// <summary>The sum.</summary>
    Add,

    /// <summary>The difference.</summary>
    Subtract,

    /// <summary>The product.</summary>
    Multiply,

    /// <summary>The quotient.</summary>
    Divide,

    /// <summary>The first to the power of the second.</summary>
    Power,

    /// <summary>The smaller one.</summary>
    Minimum,

    /// <summary>The greater one.</summary>
    Maximum,
}

/// <summary>A function of the elements of two values, which are broadcast, or of a value and a number.</summary>
/// <param name="Function">Which one.</param>
/// <param name="Number">The number, where there is one input; NaN where it is computed from sizes.</param>
/// <param name="NumberFirst">Whether the number is the left operand.</param>
public sealed record Arithmetic(ArithmeticFunction Function, double? Number = null, bool NumberFirst = false) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "arithmetic";

    /// <summary>Whether the runtime computes it of float32 values.</summary>
    public bool HasFloatKernel() => PairFunctions.Has(Function) && (Number is not { } number || float.IsFinite((float)number));

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (inputs.Length != (Number is null ? 2 : 1))
            throw new ShapeException($"{inputs.Length} inputs; {(Number is null ? "two values" : "one, and a number,")} are expected.");
        return Broadcasting.Shape(inputs);
    }
}

/// <summary>A function of the elements of some values, which are broadcast: <c>addcmul</c>, <c>where</c>, <c>masked_fill</c>, a comparison.</summary>
/// <param name="Function">The name of TorchSharp's function.</param>
public sealed record Combine(string Function) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "combine";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs) => Broadcasting.Shape(inputs);
}

/// <summary>The shapes of values that are computed element by element.</summary>
internal static class Broadcasting
{
    /// <summary>The shape that all inputs are broadcast to.</summary>
    public static Shape? Shape(ReadOnlySpan<GraphValue> inputs)
    {
        Shape? result = null;
        foreach (var input in inputs)
        {
            if (input.Shape is not { } shape)
                return null;
            result = result is null ? shape : Shape(result, shape);
        }

        return result;
    }

    /// <summary>The shape that two are broadcast to: missing leading dimensions are 1, and 1 gives way.</summary>
    /// <exception cref="ShapeException">They cannot be.</exception>
    public static Shape Shape(Shape left, Shape right)
    {
        var dimensions = new Dimension[Math.Max(left.Rank, right.Rank)];
        for (var i = 1; i <= dimensions.Length; i++)
        {
            Dimension one = 1;
            var (a, b) = (i <= left.Rank ? left[-i] : one, i <= right.Rank ? right[-i] : one);
            if (a == one || b == one)
                dimensions[^i] = a == one ? b : a;
            else if (a.IsFixed && b.IsFixed && a != b)
                throw new ShapeException($"the shapes {left} and {right} cannot be broadcast.");
            else
                dimensions[^i] = a.IsFixed ? a : b.IsFixed ? b : a == b ? a : Dimension.Unknown;
        }

        return new(dimensions);
    }
}
