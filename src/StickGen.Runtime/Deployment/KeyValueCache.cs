using StickGen.Decoding;

namespace StickGen.Deployment;

/// <summary>
/// The state of a decoder: keys and values of the tokens of one text so far, for each of its attentions, so that a new token costs the computation of one position. It has a fixed capacity, which
/// is allocated at once.
/// </summary>
public sealed class KeyValueCache
{
    private readonly KeyValueLayer[] layers;

    /// <summary>For each thread room for a query's scores.</summary>
    private readonly float[] scores;

    internal KeyValueCache(IReadOnlyList<KeyValueSizes> sizes, int capacity, KeyValueCachePrecision precision, int threads)
    {
        (Capacity, Precision) = (capacity, precision);
        scores = new float[checked(capacity * threads)];
        layers = [.. sizes.Select(size => KeyValueLayer.Create(size, capacity, precision))];
    }

    /// <summary>How many tokens it can have.</summary>
    public int Capacity { get; }

    /// <summary>How many tokens it has.</summary>
    public int Count { get; private set; }

    /// <summary>How it keeps its numbers.</summary>
    public KeyValueCachePrecision Precision { get; }

    /// <summary>The number of attentions of the decoder.</summary>
    public int Layers => layers.Length;

    /// <summary>The memory of keys, values and scales, in bytes.</summary>
    public long Bytes => layers.Sum(layer => layer.Bytes);

    /// <summary>Forgets all tokens but the first ones, as if those after them had never been.</summary>
    /// <param name="count">How many stay: 0 to <see cref="Count"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        Count = count;
    }

    internal Span<float> Scores(int part) => scores.AsSpan(part * Capacity, Capacity);

    internal KeyValueLayer this[int layer] => layers[layer];

    /// <summary>Counts tokens of which all layers have keys and values.</summary>
    internal void Advance(int tokens) => Count += tokens;
}
