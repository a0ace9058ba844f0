using StickGen.Deployment;
using StickGen.Kernels;
using StickGen.Kernels.Float;

namespace StickGen.Decoding;

/// <summary>Keys and values of one attention: by head and token, so that what a query reads lies together.</summary>
internal abstract class KeyValueLayer(KeyValueSizes sizes, int capacity)
{
    protected KeyValueSizes Sizes { get; } = sizes;

    protected int Capacity { get; } = capacity;

    public abstract long Bytes { get; }

    public static KeyValueLayer Create(KeyValueSizes sizes, int capacity, KeyValueCachePrecision precision) =>
        precision == KeyValueCachePrecision.Float ? new FloatLayer(sizes, capacity) : new ByteLayer(sizes, capacity);

    /// <summary>Keeps those of new tokens.</summary>
    /// <param name="keys">[heads, tokens, key size].</param>
    /// <param name="values">[heads, tokens, value size].</param>
    /// <param name="first">The place of the first token.</param>
    /// <param name="kernels">What rounds.</param>
    public void Append(ReadOnlySpan<float> keys, ReadOnlySpan<float> values, int first, IKernels kernels)
    {
        var tokens = keys.Length / Sizes.Heads / Sizes.KeySize;
        for (var row = 0; row < Sizes.Heads * tokens; row++)
        {
            var place = (row / tokens * Capacity) + first + (row % tokens);
            Keep(keys.Slice(row * Sizes.KeySize, Sizes.KeySize), values.Slice(row * Sizes.ValueSize, Sizes.ValueSize), place, kernels);
        }
    }

    /// <summary>The result of one query.</summary>
    /// <param name="query">[key size].</param>
    /// <param name="head">Of keys and values.</param>
    /// <param name="count">How many tokens it sees.</param>
    /// <param name="scale">What scores are multiplied with.</param>
    /// <param name="scores">Room for a number for each token.</param>
    /// <param name="target">[value size].</param>
    public abstract void Attend(ReadOnlySpan<float> query, int head, int count, float scale, Span<float> scores, Span<float> target);

    /// <summary>Keeps a key and a value.</summary>
    protected abstract void Keep(ReadOnlySpan<float> key, ReadOnlySpan<float> value, int place, IKernels kernels);

    private sealed class FloatLayer(KeyValueSizes sizes, int capacity) : KeyValueLayer(sizes, capacity)
    {
        private readonly float[] keys = new float[checked(sizes.Heads * capacity * sizes.KeySize)];
        private readonly float[] values = new float[checked(sizes.Heads * capacity * sizes.ValueSize)];

        public override long Bytes => sizeof(float) * ((long)keys.Length + values.Length);

        public override void Attend(ReadOnlySpan<float> query, int head, int count, float scale, Span<float> scores, Span<float> target) => Attention.Run(
            query,
            new WholeRows(keys.AsSpan(head * Capacity * Sizes.KeySize, count * Sizes.KeySize), Sizes.KeySize),
            new WholeRows(values.AsSpan(head * Capacity * Sizes.ValueSize, count * Sizes.ValueSize), Sizes.ValueSize),
            count, scale, scores, target);

        protected override void Keep(ReadOnlySpan<float> key, ReadOnlySpan<float> value, int place, IKernels kernels)
        {
            key.CopyTo(keys.AsSpan(place * Sizes.KeySize));
            value.CopyTo(values.AsSpan(place * Sizes.ValueSize));
        }
    }

    private sealed class ByteLayer(KeyValueSizes sizes, int capacity) : KeyValueLayer(sizes, capacity)
    {
        private readonly byte[] keys = new byte[checked(sizes.Heads * capacity * sizes.KeySize)];
        private readonly byte[] values = new byte[checked(sizes.Heads * capacity * sizes.ValueSize)];
        private readonly float[] keyScales = new float[sizes.Heads * capacity];
        private readonly float[] valueScales = new float[sizes.Heads * capacity];

        public override long Bytes => (long)keys.Length + values.Length + (sizeof(float) * ((long)keyScales.Length + valueScales.Length));

        public override void Attend(ReadOnlySpan<float> query, int head, int count, float scale, Span<float> scores, Span<float> target) => Attention.Run(
            query,
            new ByteRows(keys.AsSpan(head * Capacity * Sizes.KeySize, count * Sizes.KeySize), keyScales.AsSpan(head * Capacity, count), Sizes.KeySize),
            new ByteRows(values.AsSpan(head * Capacity * Sizes.ValueSize, count * Sizes.ValueSize), valueScales.AsSpan(head * Capacity, count), Sizes.ValueSize),
            count, scale, scores, target);

        protected override void Keep(ReadOnlySpan<float> key, ReadOnlySpan<float> value, int place, IKernels kernels)
        {
            keyScales[place] = ByteRows.Quantize(key, keys.AsSpan(place * Sizes.KeySize, Sizes.KeySize), kernels);
            valueScales[place] = ByteRows.Quantize(value, values.AsSpan(place * Sizes.ValueSize, Sizes.ValueSize), kernels);
        }
    }
}
