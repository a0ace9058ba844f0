using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models.Zoo;

/// <summary>Half of the channels pass by, half are convolved, and both are shuffled (Ma et al. 2018).</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape("batch", 8, 7, 5)]
public sealed partial class ShuffleNetV2Unit : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1 = Conv2d(4, 4, 1), depthwise = Conv2d(4, 4, 3, padding: 1, groups: 4), conv2 = Conv2d(4, 4, 1);

    public ShuffleNetV2Unit()
        : base(nameof(ShuffleNetV2Unit)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var halves = x.chunk(2, 1);
        var y = functional.relu(conv2.forward(depthwise.forward(functional.relu(conv1.forward(halves[1])))));
        y = cat([halves[0], y], 1);
        return y.view(y.shape[0], 2, 4, 7, 5).transpose(1, 2).reshape(y.shape[0], 8, 7, 5);
    }
}
