using StickGen;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TinyLlm.Models;

/// <summary>The feed-forward part with a gate (Shazeer 2020). [..., width].</summary>
[Compressible(Emit = Variants.FakeQuantized)]
public sealed partial class SwiGlu : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> gate, up, down;

    public SwiGlu(LlamaConfig config, LinearLayer linear)
        : base(nameof(SwiGlu))
    {
        gate = linear(nameof(gate), config.HiddenSize, config.IntermediateSize, hasBias: false);
        up = linear(nameof(up), config.HiddenSize, config.IntermediateSize, hasBias: false);
        down = linear(nameof(down), config.IntermediateSize, config.HiddenSize, hasBias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => down.forward(functional.silu(gate.forward(x)) * up.forward(x));
}
