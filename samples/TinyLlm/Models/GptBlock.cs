using StickGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TinyLlm.Models;

/// <summary>A block of a GPT-like decoder: attention, then two linear layers, each on what is normalized, and added.</summary>
[Compressible(Emit = Variants.FakeQuantized)]
public sealed partial class GptBlock : Module<Tensor, Tensor>
{
    private readonly LayerNorm norm1, norm2;
    private readonly GptAttention attention;
    private readonly Module<Tensor, Tensor> expansion, projection;

    public GptBlock(GptConfig config, LinearLayer linear)
        : base(nameof(GptBlock))
    {
        norm1 = LayerNorm(config.HiddenSize);
        attention = new(config, linear.In(nameof(attention)));
        norm2 = LayerNorm(config.HiddenSize);
        expansion = linear(nameof(expansion), config.HiddenSize, config.IntermediateSize, hasBias: true);
        projection = linear(nameof(projection), config.IntermediateSize, config.HiddenSize, hasBias: true);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = x + attention.forward(norm1.forward(x));
        return x + projection.forward(functional.gelu(expansion.forward(norm2.forward(x))));
    }

    /// <summary>The same for the tokens that come next in a text.</summary>
    internal Tensor Step(Tensor x, int block, AttentionCache cache)
    {
        x = x + attention.Step(norm1.forward(x), block, cache);
        return x + projection.forward(functional.gelu(expansion.forward(norm2.forward(x))));
    }
}
