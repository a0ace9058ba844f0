using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>The matrix product of the last two dimensions; the ones before are broadcast. Inputs: [..., M, K] and [..., K, N].</summary>
public sealed record MatMul : Operation
{
    /// <inheritdoc/>
    public override string Kind => "matmul";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (inputs.Length != 2)
            throw new ShapeException($"{inputs.Length} inputs; two are expected.");
        if (inputs[0].Shape is not { } left || inputs[1].Shape is not { } right)
            return null;
        if (left.Rank == 0 || right.Rank == 0)
            throw new ShapeException($"the shapes {left} and {right} have no matrix product.");
        ShapeChecks.Same("columns of the left operand", left[-1], "rows of the right one", right[right.Rank == 1 ? -1 : -2]);
        List<Dimension> result = left.Rank > 2 || right.Rank > 2 ? [.. Broadcasting.Shape(Batch(left), Batch(right))] : [];
        if (left.Rank > 1)
            result.Add(left[-2]);
        if (right.Rank > 1)
            result.Add(right[-1]);
        return new(result.ToArray());
    }

    private static Shape Batch(Shape shape) => new([.. shape.Take(Math.Max(0, shape.Rank - 2))]);
}

/// <summary>
/// softmax(Q·Kᵀ / √E + mask)·V. Inputs: queries [..., L, E], keys [..., S, E], values [..., S, V], and optionally a mask that is added
/// or that selects.
/// </summary>
/// <param name="IsCausal">Whether a query may be restricted to the keys that are not after it.</param>
/// <remarks>There may be fewer heads (dimension −3) of keys and values than of queries, each for as many of them that follow each other.</remarks>
public sealed record ScaledDotProductAttention(bool IsCausal = false) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "scaled_dot_product_attention";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (inputs.Length is < 3 or > 4)
            throw new ShapeException($"{inputs.Length} inputs; queries, keys, values and optionally a mask are expected.");
        if (inputs[0].Shape is not { } query || inputs[1].Shape is not { } key || inputs[2].Shape is not { } value)
            return null;
        if (query.Rank < 2 || key.Rank < 2 || value.Rank < 2)
            throw new ShapeException($"queries {query}, keys {key} and values {value} need at least two dimensions each.");
        ShapeChecks.Same("features of the queries", query[-1], "those of the keys", key[-1]);
        ShapeChecks.Same("length of the keys", key[-2], "that of the values", value[-2]);
        if (query.Rank >= 3 && key.Rank >= 3 && query[-3] is { IsFixed: true, Size: var heads } && key[-3] is { IsFixed: true, Size: var shared } && heads % shared != 0)
            throw new ShapeException($"{heads} heads of queries cannot share {shared} heads of keys.");
        return query.With(-1, value[-1]);
    }
}

/// <summary>A row of a table for each index. Inputs: indices [...], table [N, E]. Result: [..., E].</summary>
public sealed record Embedding : Operation
{
    /// <inheritdoc/>
    public override string Kind => "embedding";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (inputs.Length != 2)
            throw new ShapeException($"{inputs.Length} inputs; the indices and the table are expected.");
        var table = ShapeChecks.Constant(inputs[1], "table", 2);
        return inputs[0].Shape is { } shape ? new([.. shape, table[1]]) : null;
    }
}
