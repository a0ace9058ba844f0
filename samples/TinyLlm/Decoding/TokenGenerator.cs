using StickGen.Deployment;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Goes on with a text, token by token, with a cache of keys and values. A text longer than the context goes on from its last half.</summary>
internal sealed class TokenGenerator(ITokenDecoder model, TokenSampler sampler) : IDisposable
{
    private readonly AttentionCache cache = model.NewCache();
    private readonly List<int> text = [];
    private int forgotten;

    /// <summary>Makes tokens.</summary>
    /// <param name="beginning">What is there of the text; at least one token.</param>
    /// <param name="count">How many tokens to make.</param>
    /// <returns>The new tokens, each as soon as it is chosen.</returns>
    public IEnumerable<int> Generate(IReadOnlyCollection<int> beginning, int count)
    {
        if (beginning.Count == 0)
            throw new ArgumentException("there has to be at least one token to go on from.", nameof(beginning));
        cache.Truncate(0);
        text.Clear();
        forgotten = 0;
        text.AddRange(beginning);
        for (var i = 0; i < count; i++)
        {
            text.Add(Next());
            yield return text[^1];
        }
    }

    public void Dispose() => cache.Dispose();

    private int Next()
    {
        using var noGradient = no_grad();
        var unread = text.Count - cache.Count - forgotten;
        if (cache.Count + unread > cache.Capacity)
        {
            // Positions are counted from the first token of the cache, so what stays is read again.
            cache.Truncate(0);
            unread = Math.Min(text.Count, cache.Capacity / 2);
            forgotten = text.Count - unread;
        }

        using var tokens = tensor(text.TakeLast(unread).Select(token => (long)token).ToArray(), [1, unread]);
        using var logits = model.Step(tokens, cache);
        return sampler.Next(logits.data<float>().ToArray());
    }
}
