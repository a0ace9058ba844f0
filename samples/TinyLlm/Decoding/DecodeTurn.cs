using StickGen.Deployment;
using static TorchSharp.torch;

/// <summary>A decoder as what is timed: it reads tokens, and forgets them again.</summary>
/// <param name="Read">Reads what comes next, and computes the logits of what follows.</param>
/// <param name="Truncate">Forgets all tokens but the first ones.</param>
/// <param name="Close">Gives up what it keeps.</param>
internal sealed record DecodeTurn(Action<int[]> Read, Action<int> Truncate, Action Close)
{
    /// <summary>One that TorchSharp computes.</summary>
    public static DecodeTurn Of(ITokenDecoder model, CacheFormat format)
    {
        var cache = model.NewCache(format);
        return new(
            read =>
            {
                using var tokens = tensor(Array.ConvertAll(read, token => (long)token), [1, read.Length]);
                model.Step(tokens, cache).Dispose();
            },
            cache.Truncate,
            cache.Dispose);
    }

    /// <summary>A deployed one.</summary>
    public static DecodeTurn Of(TokenDecoder decoder)
    {
        var logits = new float[decoder.LogitCount];
        return new(read => decoder.Step(read, logits), decoder.Truncate, () => { });
    }
}
