using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>Orders the dimensions anew.</summary>
/// <param name="Order">For each dimension of the result the one of the input; negative from the end.</param>
public sealed record Permute(IntegerList Order) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "permute";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (ShapeChecks.Single(inputs, "input", null) is not { } shape)
            return null;
        var order = Order.Select(axis => ShapeChecks.Axis(shape, axis)).ToArray();
        return order.Length == shape.Rank && order.Distinct().Count() == order.Length
            ? new([.. order.Select(axis => shape[axis])])
            : throw new ShapeException($"{Order} is not an order of the dimensions of {shape}.");
    }
}

/// <summary>The elements at start, start + step, … of a dimension.</summary>
/// <param name="Axis">The dimension; negative from the end.</param>
/// <param name="Start">The first; negative from the end.</param>
/// <param name="Length">Their number; unknown where it depends on a size that is.</param>
/// <param name="Step">The distance.</param>
public sealed record Slice(int Axis, long Start, Dimension Length, long Step = 1) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "slice";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (ShapeChecks.Single(inputs, "input", null) is not { } shape)
            return null;
        var size = shape[ShapeChecks.Axis(shape, Axis)];
        if (Length.IsFixed && size.IsFixed && ((Start < 0 ? Start + size.Size : Start) is var first) && (first < 0 || first + ((Length.Size - 1) * Step) >= size.Size))
            throw new ShapeException($"{Length} elements from {Start} at a distance of {Step} do not fit dimension {Axis} of {shape}.");
        return shape.With(Axis, Length);
    }
}

/// <summary>One element of a dimension, which goes away.</summary>
/// <param name="Axis">The dimension; negative from the end.</param>
/// <param name="Index">The element; negative from the end.</param>
public sealed record Select(int Axis, long Index) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "select";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (ShapeChecks.Single(inputs, "input", null) is not { } shape)
            return null;
        var axis = ShapeChecks.Axis(shape, Axis);
        if (shape[axis].IsFixed && (Index >= shape[axis].Size || Index < -shape[axis].Size))
            throw new ShapeException($"dimension {Axis} of {shape} has no element {Index}.");
        return new([.. shape.Where((_, i) => i != axis)]);
    }
}

/// <summary>Each element of a dimension several times, one after the other.</summary>
/// <param name="Axis">The dimension; negative from the end.</param>
/// <param name="Repeats">How often; at least 1.</param>
public sealed record RepeatInterleave(int Axis, long Repeats) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "repeat_interleave";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (Repeats < 1)
            throw new ShapeException($"{Repeats} repeats; at least 1 is expected.");
        if (ShapeChecks.Single(inputs, "input", null) is not { } shape)
            return null;
        var axis = ShapeChecks.Axis(shape, Axis);
        return shape.With(axis, shape[axis] * Repeats);
    }
}

/// <summary>
/// Elements of the first input, moved, repeated or selected, where no other operation says how: the shape is all that is known.
/// </summary>
/// <param name="Function">The name of TorchSharp's function: <c>expand</c>, <c>repeat</c>, <c>flip</c>, <c>gather</c>, <c>pixel_shuffle</c>, …</param>
/// <param name="Target">The dimensions of the result, or <see langword="null"/> if they are not known.</param>
public sealed record Rearrange(string Function, Shape? Target) : Operation
{
    /// <summary>The only dimensions along which elements are moved, or <see langword="null"/> where that is not known.</summary>
    public IntegerList? Axes { get; init; }

    /// <inheritdoc/>
    public override string Kind => "rearrange";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs) => Target;
}

/// <summary>Puts values of one shape one after the other along a new dimension.</summary>
/// <param name="Axis">The dimension in the result; negative from the end.</param>
public sealed record Stack(int Axis) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "stack";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (inputs.IsEmpty)
            throw new ShapeException("no inputs; at least one is expected.");
        if (inputs[0].Shape is not { } shape)
            return null;
        var axis = Axis < 0 ? Axis + shape.Rank + 1 : Axis;
        if (axis < 0 || axis > shape.Rank)
            throw new ShapeException($"values of the shape {shape} cannot be stacked along dimension {Axis}.");
        return new([.. shape.Take(axis), inputs.Length, .. shape.Skip(axis)]);
    }
}
