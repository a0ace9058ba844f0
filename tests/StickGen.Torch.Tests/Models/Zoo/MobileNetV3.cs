using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models.Zoo;

/// <summary>An inverted residual with hard swish, whose channels are weighted by what is in them (Howard et al. 2019).</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape("batch", 8, 9, 7)]
public sealed partial class MobileNetV3Block : Module<Tensor, Tensor>
{
    private readonly Conv2d expand = Conv2d(8, 16, 1, bias: false), depthwise = Conv2d(16, 16, 3, padding: 1, groups: 16, bias: false);
    private readonly Conv2d squeeze = Conv2d(16, 4, 1), excite = Conv2d(4, 16, 1), project = Conv2d(16, 8, 1, bias: false);
    private readonly BatchNorm2d bn1 = BatchNorm2d(16), bn2 = BatchNorm2d(16), bn3 = BatchNorm2d(8);

    public MobileNetV3Block()
        : base(nameof(MobileNetV3Block)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var y = functional.hardswish(bn1.forward(expand.forward(x)));
        y = functional.hardswish(bn2.forward(depthwise.forward(y)));
        var weights = functional.hardsigmoid(excite.forward(functional.relu(squeeze.forward(y.mean([2, 3], true)))));
        return x + bn3.forward(project.forward(y * weights));
    }
}
