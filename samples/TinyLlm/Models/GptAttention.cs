using StickGen;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TinyLlm.Models;

/// <summary>Causal attention with several heads. [batch, tokens, width].</summary>
[Compressible(Emit = Variants.FakeQuantized)]
public sealed partial class GptAttention : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> qkv, output;
    private readonly long heads, size;

    public GptAttention(GptConfig config, LinearLayer linear)
        : base(nameof(GptAttention))
    {
        (heads, size) = (config.NumAttentionHeads, config.HiddenSize / config.NumAttentionHeads);
        qkv = linear(nameof(qkv), config.HiddenSize, 3 * config.HiddenSize, hasBias: true);
        output = linear(nameof(output), config.HiddenSize, config.HiddenSize, hasBias: true);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var (batch, tokens) = (x.shape[0], x.shape[1]);
        var parts = qkv.forward(x).view(batch, tokens, 3, heads, size).permute(2, 0, 3, 1, 4).unbind(0);
        var attended = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_casual: true);
        return output.forward(attended.transpose(1, 2).reshape(batch, tokens, heads * size));
    }

    /// <summary>The same for the tokens that come next in a text. [1, tokens, width].</summary>
    internal Tensor Step(Tensor x, int block, AttentionCache cache)
    {
        var tokens = x.shape[1];
        var parts = qkv.forward(x).view(1, tokens, 3, heads, size).permute(2, 0, 3, 1, 4).unbind(0);
        using var mask = cache.Mask(tokens);
        var (k, v) = cache.Append(block, parts[1], parts[2]);
        return output.forward(functional.scaled_dot_product_attention(parts[0], k, v, mask).transpose(1, 2).reshape(1, tokens, heads * size));
    }
}
