using System.Collections.Immutable;
using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>Merges dimensions <paramref name="Start"/> to <paramref name="End"/>, both inclusive, into one.</summary>
/// <param name="Start">The first; negative from the end.</param>
/// <param name="End">The last; negative from the end.</param>
public sealed record Flatten(int Start, int End = -1) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "flatten";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (ShapeChecks.Single(inputs, "input", null) is not { } shape)
            return null;
        var start = Start < 0 ? Start + shape.Rank : Start;
        var end = End < 0 ? End + shape.Rank : End;
        if (start < 0 || end >= shape.Rank || start > end)
            throw new ShapeException($"dimensions {Start} to {End} of the shape {shape} cannot be flattened.");
        var dimensions = new List<Dimension>();
        for (var i = 0; i < shape.Rank; i++)
        {
            if (i > start && i <= end)
                dimensions[start] *= shape[i];
            else
                dimensions.Add(shape[i]);
        }

        return new(dimensions.ToArray());
    }
}

/// <summary>The same elements in another shape. One target dimension may be unknown (−1 in TorchSharp) and is computed.</summary>
/// <param name="Target">The dimensions of the result.</param>
public sealed record Reshape(ImmutableArray<Dimension> Target) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "reshape";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        var input = ShapeChecks.Single(inputs, "input", null);
        var unknown = -1;
        Dimension product = 1;
        for (var i = 0; i < Target.Length; i++)
        {
            if (!Target[i].IsUnknown)
                product *= Target[i];
            else if (unknown < 0)
                unknown = i;
            else
                throw new ShapeException("more than one dimension is to be computed.");
        }

        var target = new Shape(Target.AsSpan());
        if (input is null || input.ElementCount.IsUnknown)
            return target;
        if (unknown < 0)
        {
            ShapeChecks.Same("elements", input.ElementCount, $"elements of {target}", product);
            return target;
        }

        var rest = input.ElementCount / product;
        if (rest.IsUnknown && input.ElementCount.IsFixed && product.IsFixed)
            throw new ShapeException($"the shape {input} cannot be seen as {target}.");
        return target.With(unknown, rest);
    }

    /// <inheritdoc/>
    public bool Equals(Reshape? other) => other is not null && Target.AsSpan().SequenceEqual(other.Target.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => new Shape(Target.AsSpan()).GetHashCode();
}

/// <summary>Puts values one after the other along a dimension.</summary>
/// <param name="Axis">The dimension; negative from the end.</param>
public sealed record Concat(int Axis) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "concat";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (inputs.IsEmpty)
            throw new ShapeException("no inputs; at least one is expected.");
        Shape? result = null;
        Dimension sum = default;
        foreach (var input in inputs)
        {
            if (input.Shape is not { } shape)
                return null;
            if (Axis < -shape.Rank || Axis >= shape.Rank)
                throw new ShapeException($"the shape {shape} has no dimension {Axis}.");
            if (result is null)
            {
                (result, sum) = (shape, shape[Axis]);
                continue;
            }

            if (shape.Rank != result.Rank)
                throw new ShapeException($"the shapes {result} and {shape} differ in rank.");
            for (var i = 0; i < shape.Rank; i++)
            {
                if (i != (Axis < 0 ? Axis + shape.Rank : Axis))
                    ShapeChecks.Same($"dimension {i} of '{input.Name}'", shape[i], $"that of '{inputs[0].Name}'", result[i]);
            }

            sum = sum.IsFixed && shape[Axis].IsFixed ? sum.Size + shape[Axis].Size : Dimension.Unknown;
        }

        return result!.With(Axis, sum);
    }
}
