using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

/// <summary>A classifier in float, which reads what was pooled and flattened.</summary>
[Compressible, InputShape("batch", 3, 8, 8)]
public sealed partial class FloatHeadNet : Module<Tensor, Tensor>
{
    private readonly Conv2d conv = Conv2d(3, 5, 3, padding: 1);
    private readonly MaxPool2d pool = MaxPool2d(2);
    [KeepFloat] private readonly Linear fc = Linear(5 * 4 * 4, 3);

    public FloatHeadNet()
        : base(nameof(FloatHeadNet)) => RegisterComponents();

    public override Tensor forward(Tensor x) => fc.forward(pool.forward(relu(conv.forward(x))).flatten(1));
}
