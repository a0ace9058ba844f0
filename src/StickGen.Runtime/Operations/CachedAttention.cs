using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>
/// Causal attention of new tokens to all of a text, whose keys and values are in a cache, to which theirs are added. Inputs: queries [..., L, E], keys [..., L, E] and values [..., L, V] of the new
/// tokens. It is no part of files, but of what a decoder makes of a graph.
/// </summary>
/// <param name="Layer">Which keys and values of the cache.</param>
internal sealed record CachedAttention(int Layer) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "cached_attention";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs) => new ScaledDotProductAttention(IsCausal: true).InferShape(inputs);
}

/// <summary>Rows of a constant that begin at the number of tokens of a text so far. It is no part of files, but of what a decoder makes of a graph.</summary>
/// <param name="Axis">The dimension, from the front.</param>
/// <param name="Length">The number of new tokens.</param>
internal sealed record PositionSlice(int Axis, Dimension Length) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "position_slice";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs) => inputs[0].Shape!.With(Axis, Length);
}
