using TorchSharp;
using static TorchSharp.torch;

/// <summary>A decoder that can go on with a text token by token.</summary>
public interface ITokenDecoder
{
    /// <summary>An empty cache for a text.</summary>
    /// <param name="format">How it keeps keys and values; in float, if left out.</param>
    AttentionCache NewCache(CacheFormat? format = null);

    /// <summary>Goes on with a text.</summary>
    /// <param name="tokens">What comes next, [1, tokens] in int64: all of the beginning, or the one token that was chosen last.</param>
    /// <param name="cache">What was before; then also these tokens.</param>
    /// <returns>The logits of the token that follows, [1, vocabulary].</returns>
    Tensor Step(Tensor tokens, AttentionCache cache);

    /// <summary>The same with the logits that follow each of the tokens, [1, tokens, vocabulary].</summary>
    Tensor Read(Tensor tokens, AttentionCache cache);
}
