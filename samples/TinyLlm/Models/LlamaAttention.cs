using StickGen;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TinyLlm.Models;

/// <summary>
/// Causal attention with rotary positions (Su et al. 2021) and fewer heads of keys and values than of queries (Ainslie et al. 2023). [batch, tokens, width].
/// </summary>
[Compressible(Emit = Variants.FakeQuantized)]
public sealed partial class LlamaAttention : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> query, key, value, output;
    private readonly Tensor cosines, sines;
    private readonly long heads, sharedHeads, size;

    /// <param name="config">Sizes.</param>
    /// <param name="linear">Makes the linear layers.</param>
    public LlamaAttention(LlamaConfig config, LinearLayer linear)
        : base(nameof(LlamaAttention))
    {
        (heads, sharedHeads, size) = (config.NumAttentionHeads, config.NumKeyValueHeads, config.HeadDim);
        query = linear(nameof(query), config.HiddenSize, heads * size, hasBias: false);
        key = linear(nameof(key), config.HiddenSize, sharedHeads * size, hasBias: false);
        value = linear(nameof(value), config.HiddenSize, sharedHeads * size, hasBias: false);
        output = linear(nameof(output), heads * size, config.HiddenSize, hasBias: false);
        using var scope = NewDisposeScope();
        var frequencies = pow(config.RopeTheta, -arange(0, size, 2) / (double)size);
        var angles = outer(arange(config.MaxPositionEmbeddings).to_type(ScalarType.Float32), frequencies.to_type(ScalarType.Float32)).repeat(1, 2);
        cosines = angles.cos().MoveToOuterDisposeScope();
        sines = angles.sin().MoveToOuterDisposeScope();
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var (batch, tokens) = (x.shape[0], x.shape[1]);
        var q = Rotate(query.forward(x).view(batch, tokens, heads, size).transpose(1, 2), first: 0);
        var k = Rotate(key.forward(x).view(batch, tokens, sharedHeads, size).transpose(1, 2), first: 0);
        var v = value.forward(x).view(batch, tokens, sharedHeads, size).transpose(1, 2);
        k = k.repeat_interleave(heads / sharedHeads, 1);
        v = v.repeat_interleave(heads / sharedHeads, 1);
        var attended = functional.scaled_dot_product_attention(q, k, v, is_casual: true);
        return output.forward(attended.transpose(1, 2).reshape(batch, tokens, heads * size));
    }

    /// <summary>The same for the tokens that come next in a text. [1, tokens, width].</summary>
    internal Tensor Step(Tensor x, int block, AttentionCache cache)
    {
        var tokens = x.shape[1];
        var q = Rotate(query.forward(x).view(1, tokens, heads, size).transpose(1, 2), cache.Count);
        var k = Rotate(key.forward(x).view(1, tokens, sharedHeads, size).transpose(1, 2), cache.Count);
        var v = value.forward(x).view(1, tokens, sharedHeads, size).transpose(1, 2);
        var group = heads / sharedHeads;
        using var mask = cache.Mask(tokens, group);
        (k, v) = cache.Append(block, k, v);
        // The queries that share keys are rows of one product, so that the cache is not copied for each.
        var attended = functional.scaled_dot_product_attention(q.reshape(1, sharedHeads, group * tokens, size), k, v, mask);
        return output.forward(attended.reshape(1, heads, tokens, size).transpose(1, 2).reshape(1, tokens, heads * size));
    }

    /// <param name="x">[batch, heads, tokens, size].</param>
    /// <param name="first">The position of the first token.</param>
    private Tensor Rotate(Tensor x, long first)
    {
        var halves = x.chunk(2, -1);
        return x * cosines.narrow(0, first, x.shape[2]) + cat([-halves[1], halves[0]], -1) * sines.narrow(0, first, x.shape[2]);
    }
}
