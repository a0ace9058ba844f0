using TorchSharp;
using static TorchSharp.torch;

/// <summary>A decoder that reads whole texts by way of its cache, so that what it computes is what it computes token by token. Tokens [batch, tokens], logits [batch, tokens, vocabulary].</summary>
internal sealed class CachedReading(ITokenDecoder model, CacheFormat format) : nn.Module<Tensor, Tensor>(nameof(CachedReading))
{
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        using var cache = model.NewCache(format);
        var logits = new List<Tensor>();
        for (var i = 0; i < tokens.shape[0]; i++)
        {
            cache.Truncate(0);
            logits.Add(model.Read(tokens.narrow(0, i, 1), cache));
        }

        return cat(logits, 0).MoveToOuterDisposeScope();
    }
}
