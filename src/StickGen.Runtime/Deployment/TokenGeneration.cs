namespace StickGen.Deployment;

/// <summary>Texts that a decoder makes by itself.</summary>
public static class TokenGeneration
{
    /// <summary>
    /// Goes on with the text of a decoder: reads a beginning, then chooses one token after the other and reads it, until there are as many as wanted, a token that stops comes, or the decoder is full.
    /// </summary>
    /// <param name="decoder">What it goes on with; it may have a text already. Nobody else may use it meanwhile. Every token is read before the next one is chosen; the last one is not read.</param>
    /// <param name="beginning">What comes first; at least one token.</param>
    /// <param name="sampler">Chooses: greedily with a temperature of 0.</param>
    /// <param name="count">How many tokens are made at most.</param>
    /// <param name="stopTokens">Tokens that end a text, which are not given; none if left out.</param>
    /// <param name="cancellation">Asked before each token.</param>
    /// <returns>The new tokens, each as soon as it is chosen.</returns>
    /// <exception cref="ArgumentException">The beginning is empty, or has a token that is none of the vocabulary.</exception>
    /// <exception cref="InvalidOperationException">There is no room for the beginning.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IEnumerable<int> Generate(
        this TokenDecoder decoder, ReadOnlySpan<int> beginning, TokenSampler sampler, int count, IReadOnlyCollection<int>? stopTokens = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(sampler);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        cancellation.ThrowIfCancellationRequested();
        var logits = new float[decoder.LogitCount];
        decoder.Step(beginning, logits);
        return GoOn(decoder, logits, sampler, count, stopTokens ?? [], cancellation);
    }

    private static IEnumerable<int> GoOn(TokenDecoder decoder, float[] logits, TokenSampler sampler, int count, IReadOnlyCollection<int> stopTokens, CancellationToken cancellation)
    {
        for (var made = 0; made < count; made++)
        {
            cancellation.ThrowIfCancellationRequested();
            var next = sampler.Next(logits);
            if (stopTokens.Contains(next))
                yield break;
            yield return next;
            if (made + 1 == count || decoder.Count == decoder.Capacity)
                yield break;
            decoder.Step([next], logits);
        }
    }
}
