using StickGen.PostTraining;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>The keys and values of the tokens of one text so far, for each block of a decoder, so that a new token costs one position of computation.</summary>
public sealed class AttentionCache : IDisposable
{
    private readonly (KeptTokens Keys, KeptTokens Values)[] blocks;

    /// <summary>An empty cache.</summary>
    /// <param name="blocks">Of the decoder.</param>
    /// <param name="heads">Of keys and values.</param>
    /// <param name="size">The width of a head.</param>
    /// <param name="capacity">How many tokens it can have: the longest context.</param>
    /// <param name="format">How they are kept; in float, if left out.</param>
    /// <exception cref="ArgumentException">The format is that of another decoder.</exception>
    public AttentionCache(int blocks, long heads, long size, int capacity, CacheFormat? format = null)
    {
        format ??= CacheFormat.Float;
        if (format.KeyScales.Count != (format.Precision == KeyValuePrecision.Int8PerChannel ? blocks : 0))
            throw new ArgumentException($"there are {format.KeyScales.Count} scales of keys for {format.Precision}; the decoder has {blocks} blocks.", nameof(format));
        Capacity = capacity;
        this.blocks = new (KeptTokens, KeptTokens)[blocks];
        for (var i = 0; i < blocks; i++)
        {
            this.blocks[i] = (
                KeptTokens.Create(heads, size, capacity, format.Precision, format.KeyScales.ElementAtOrDefault(i)), KeptTokens.Create(heads, size, capacity, format.Precision, scales: null));
        }
    }

    /// <summary>How many tokens it can have.</summary>
    public int Capacity { get; }

    /// <summary>The memory of all tokens that it can have, in bytes.</summary>
    public long MemoryBytes => blocks.Sum(block => block.Keys.MemoryBytes + block.Values.MemoryBytes);

    /// <summary>How many tokens it has.</summary>
    public int Count { get; private set; }

    /// <summary>Keeps keys and values of new tokens, which <see cref="Advance"/> counts once all blocks have theirs.</summary>
    /// <param name="block">Which block they are of.</param>
    /// <param name="keys">[1, heads, tokens, size].</param>
    /// <param name="values">Of the same shape.</param>
    /// <returns>Those of all tokens, the new ones included, [1, heads, all tokens, size]: the new ones too as they are kept.</returns>
    /// <exception cref="InvalidOperationException">There is no room for them.</exception>
    public (Tensor Keys, Tensor Values) Append(int block, Tensor keys, Tensor values)
    {
        var tokens = keys.shape[2];
        if (Count + tokens > Capacity)
            throw new InvalidOperationException($"the cache has {Count} of {Capacity} tokens; there is no room for {tokens} more.");
        blocks[block].Keys.Write(Count, keys);
        blocks[block].Values.Write(Count, values);
        return (blocks[block].Keys.Read(Count + tokens), blocks[block].Values.Read(Count + tokens));
    }

    /// <summary>Counts tokens of which all blocks have appended keys and values.</summary>
    public void Advance(long tokens) => Count += (int)tokens;

    /// <summary>Forgets all tokens but the first ones.</summary>
    /// <param name="count">How many stay.</param>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Count = count;
    }

    /// <summary>Which of the tokens so far each new token sees, [new tokens × repeats, all tokens]; none where there is one new token, which sees all.</summary>
    /// <param name="tokens">New tokens.</param>
    /// <param name="repeats">How often the rows of all new tokens come again: heads of queries for each of keys.</param>
    public Tensor? Mask(long tokens, long repeats = 1) =>
        tokens == 1 ? null : ones(tokens, Count + tokens, ScalarType.Bool).tril(Count).repeat(repeats, 1);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (keys, values) in blocks)
        {
            keys.Dispose();
            values.Dispose();
        }
    }
}
