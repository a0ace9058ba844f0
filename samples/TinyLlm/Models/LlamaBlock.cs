using StickGen;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TinyLlm.Models;

/// <summary>A block of a Llama-like decoder: attention, then a gated feed-forward part, each on what is normalized, and added.</summary>
[Compressible(Emit = Variants.FakeQuantized)]
public sealed partial class LlamaBlock : Module<Tensor, Tensor>
{
    private readonly RmsNorm attentionNorm, feedForwardNorm;
    private readonly LlamaAttention attention;
    private readonly SwiGlu feedForward;

    public LlamaBlock(LlamaConfig config, LinearLayer linear)
        : base(nameof(LlamaBlock))
    {
        attentionNorm = new(config.HiddenSize, config.RmsNormEps);
        attention = new(config, linear.In(nameof(attention)));
        feedForwardNorm = new(config.HiddenSize, config.RmsNormEps);
        feedForward = new(config, linear.In(nameof(feedForward)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = x + attention.forward(attentionNorm.forward(x));
        return x + feedForward.forward(feedForwardNorm.forward(x));
    }

    /// <summary>The same for the tokens that come next in a text.</summary>
    internal Tensor Step(Tensor x, int block, AttentionCache cache)
    {
        x = x + attention.Step(attentionNorm.forward(x), block, cache);
        return x + feedForward.forward(feedForwardNorm.forward(x));
    }
}
