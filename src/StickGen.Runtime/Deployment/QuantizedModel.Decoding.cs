using StickGen.Decoding;

namespace StickGen.Deployment;

/// <content>Going on with a text.</content>
public sealed partial class QuantizedModel
{
    private readonly Lock decoderGate = new();
    private DecoderPlans? decoderPlans;

    /// <summary>
    /// Makes what goes on with a text, token by token, of a model whose <c>forward</c> reads whole texts. Attention that is causal keeps keys and values of what it has read, tables of positions are
    /// read from where the text has come to, and of everything else it is proved that it computes each position by itself.
    /// </summary>
    /// <param name="capacity">How many tokens the text can have; at most as many as the model has positions for. The memory of the cache is allocated now.</param>
    /// <param name="precision">How keys and values are kept. With <see cref="KeyValueCachePrecision.Float"/>, logits are those of the whole text, bit for bit, however it is divided.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is less than 1, or more than the model has positions for.</exception>
    /// <exception cref="NotSupportedException">The model cannot go on with a text; the message names the node and says why.</exception>
    public TokenDecoder CreateDecoder(int capacity, KeyValueCachePrecision precision = KeyValueCachePrecision.Float)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        if (!Enum.IsDefined(precision))
            throw new ArgumentOutOfRangeException(nameof(precision), precision, $"{precision} is no precision of keys and values.");
        ObjectDisposedException.ThrowIf(source.IsClosed, this);
        lock (decoderGate)
            decoderPlans ??= new(Graph, source, kernels, plans.Weights, Threads);
        if (decoderPlans.Decoder.Table is var (length, name) && capacity > length)
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, $"A text of {capacity} tokens is longer than the {length} positions that '{name}' has.");
        try
        {
            return new(this, decoderPlans, capacity, precision);
        }
        catch (OverflowException e)
        {
            throw new ArgumentOutOfRangeException($"Keys and values of {capacity} tokens are more than an array can hold; choose a smaller {nameof(capacity)}.", e);
        }
    }

    internal void Step(DecoderPlans decoder, KeyValueCache cache, ReadOnlySpan<int> tokens, Span<float> logits)
    {
        CheckTokens(tokens);
        ObjectDisposedException.ThrowIf(source.IsClosed, this);
        var pool = decoder.Get(tokens.Length, onlyLast: logits.Length == decoder.Logits);
        var context = pool.Rent();
        CopyTokens(tokens, context.Tokens(0));
        using (source.Begin())
            context.Run(workers, cache);
        context.Output(0).CopyTo(logits);
        pool.Return(context);
        cache.Advance(tokens.Length);
    }
}
