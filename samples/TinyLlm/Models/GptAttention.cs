using StickGen;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

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
        qkv = linear(config.HiddenSize, 3 * config.HiddenSize, hasBias: true);
        output = linear(config.HiddenSize, config.HiddenSize, hasBias: true);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var (batch, tokens) = (x.shape[0], x.shape[1]);
        var parts = qkv.forward(x).view(batch, tokens, 3, heads, size).permute(2, 0, 3, 1, 4).unbind(0);
        var attended = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_casual: true);
        return output.forward(attended.transpose(1, 2).reshape(batch, tokens, heads * size));
    }
}
