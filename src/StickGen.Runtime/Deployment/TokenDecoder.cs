using StickGen.Decoding;

namespace StickGen.Deployment;

/// <summary>
/// Goes on with one text, token by token, with a <see cref="KeyValueCache"/>: made by <see cref="QuantizedModel.CreateDecoder"/>. Several decoders of a model may be used at once, each by one thread at
/// a time; they share its weights.
/// </summary>
public sealed class TokenDecoder
{
    private readonly QuantizedModel model;
    private readonly DecoderPlans plans;

    internal TokenDecoder(QuantizedModel model, DecoderPlans plans, int capacity, KeyValueCachePrecision precision)
    {
        (this.model, this.plans) = (model, plans);
        Cache = new(plans.Decoder.Layers, capacity, precision, model.Threads);
    }

    /// <summary>Keys and values of the text so far.</summary>
    public KeyValueCache Cache { get; }

    /// <summary>How many tokens the text has so far.</summary>
    public int Count => Cache.Count;

    /// <summary>How many tokens the text can have.</summary>
    public int Capacity => Cache.Capacity;

    /// <summary>How many logits a token has: as many as there are tokens that may follow.</summary>
    public int LogitCount => plans.Logits;

    /// <summary>Goes on with the text. After the first call for a number of tokens, another one allocates nothing.</summary>
    /// <param name="tokens">What comes next: all of a beginning, or the one token that was chosen last.</param>
    /// <param name="logits">Where the logits of the token that follows the last one go: <see cref="LogitCount"/> numbers; or those that follow each, if there is room for so many.</param>
    /// <exception cref="ArgumentException">There are no tokens, one is none of the vocabulary, or the room for logits is another one. The text is as it was.</exception>
    /// <exception cref="InvalidOperationException">The text would be longer than <see cref="Capacity"/>. It is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void Step(ReadOnlySpan<int> tokens, Span<float> logits)
    {
        if (tokens.IsEmpty)
            throw new ArgumentException("There are no tokens; at least one is expected.", nameof(tokens));
        if (logits.Length != LogitCount && logits.Length != (long)LogitCount * tokens.Length)
            throw new ArgumentException($"There is room for {logits.Length} logits; {LogitCount} for the last token, or {(long)LogitCount * tokens.Length} for all {tokens.Length}, are expected.", nameof(logits));
        if (tokens.Length > Capacity - Count)
            throw new InvalidOperationException($"The text has {Count} of {Capacity} tokens; there is no room for {tokens.Length} more.");
        model.Step(plans, Cache, tokens, logits);
    }

    /// <summary>Forgets all tokens but the first ones, as if those after them had never been.</summary>
    /// <param name="count">How many stay: 0 to <see cref="Count"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public void Truncate(int count) => Cache.Truncate(count);

    /// <summary>What <see cref="Step"/> runs for a number of tokens.</summary>
    internal Planning.Plan PlanOf(int tokens) => plans.Get(tokens, onlyLast: true).Plan;
}
