using StickGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TinyLlm.Models;

/// <summary>Divides by the root of the mean of squares, then multiplies each channel (Zhang and Sennrich 2019). Any [..., width].</summary>
[Compressible(Emit = Variants.FakeQuantized)]
public sealed partial class RmsNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly double epsilon;

    public RmsNorm(long width, double epsilon)
        : base(nameof(RmsNorm))
    {
        this.epsilon = epsilon;
        weight = Parameter(ones(width));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => x * rsqrt(x.pow(2).mean([-1], keepdim: true) + epsilon) * weight;
}
