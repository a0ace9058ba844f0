using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

/// <summary>Layers that ask for other bits than the rest.</summary>
[Compressible, InputShape("batch", 3, 8, 8)]
public sealed partial class MixedNet : Module<Tensor, Tensor>
{
    public readonly Conv2d conv1 = Conv2d(3, 4, 3, padding: 1);
    [Bits(weights: 3, activations: 5)] public readonly Stage stage = new(4, 4);
    [Bits(weights: 2)] private readonly Conv2d conv2 = Conv2d(4, 4, 1);
    [KeepFloat] private readonly Linear fc = Linear(4 * 64, 3);

    public MixedNet()
        : base(nameof(MixedNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = stage.forward(relu(conv1.forward(x)));
        return fc.forward(conv2.forward(x).flatten(1));
    }
}
