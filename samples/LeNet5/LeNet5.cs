using StickGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

/// <summary>
/// LeNet-5 (LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998) with the
/// activations and pools of today: 44,426 parameters. Images [N, 1, 28, 28] with values from 0 to 1, logits [N, 10].
/// </summary>
[Compressible(Emit = Variants.All), InputShape("batch", 1, 28, 28)]
public sealed partial class LeNet5 : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1 = Conv2d(1, 6, 5);
    private readonly Conv2d conv2 = Conv2d(6, 16, 5);
    private readonly MaxPool2d pool = MaxPool2d(2);
    private readonly Linear fc1 = Linear(256, 120), fc2 = Linear(120, 84);
    [KeepFloat] private readonly Linear fc3 = Linear(84, 10);

    public LeNet5()
        : base(nameof(LeNet5)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = pool.forward(relu(conv1.forward(x)));
        x = pool.forward(relu(conv2.forward(x)));
        x = relu(fc1.forward(x.flatten(1)));
        return fc3.forward(relu(fc2.forward(x)));
    }
}
