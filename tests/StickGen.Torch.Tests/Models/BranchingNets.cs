using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

/// <summary>The basic block of a ResNet, whose shortcut is a convolution where the shapes ask for one.</summary>
[Compressible, InputShape("batch", 4, 8, 8)]
public sealed partial class BasicBlock : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn1;
    private readonly BatchNorm2d bn2;
    private readonly Conv2d? down;

    public BasicBlock(int outputs, int stride)
        : base(nameof(BasicBlock))
    {
        conv1 = Conv2d(4, outputs, 3, stride: stride, padding: 1, bias: false);
        conv2 = Conv2d(outputs, outputs, 3, padding: 1, bias: false);
        bn1 = BatchNorm2d(outputs);
        bn2 = BatchNorm2d(outputs);
        if (stride != 1 || outputs != 4)
            down = Conv2d(4, outputs, 1, stride: stride);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var identity = x;
        x = relu(bn1.forward(conv1.forward(x)));
        x = bn2.forward(conv2.forward(x));
        if (down is not null)
            identity = down.forward(identity);
        x += identity;
        return relu(x);
    }
}

/// <summary>An early return, a guard, a choice of the activation and a test of a size.</summary>
[Compressible, InputShape("batch", 4, 8, 8)]
public sealed partial class ConfiguredNet(bool useRes, string activation) : Module<Tensor, Tensor>(nameof(ConfiguredNet))
{
    private readonly Conv2d conv1 = Conv2d(4, 4, 3, padding: 1);
    private readonly Conv2d conv2 = Conv2d(4, 4, 1);
    private readonly bool useRes = useRes;
    private readonly string activation = activation;

    public static ConfiguredNet Create(bool useRes, string activation)
    {
        var net = new ConfiguredNet(useRes, activation);
        net.RegisterComponents();
        return net;
    }

    public override Tensor forward(Tensor x)
    {
        if (x.dim() != 4)
            throw new ArgumentException("Four dimensions are needed.", nameof(x));
        var y = Activate(conv1.forward(x));
        if (useRes)
            return x + y;
        var stride = 1;
        if (x.shape[2] >= 8)
            stride = 2;
        return conv2.forward(max_pool2d(y, stride, stride));
    }

    private Tensor Activate(Tensor x) => activation switch { "relu" => relu(x), "relu6" => relu6(x), _ => x };
}

/// <summary>A second head in training, as auxiliary classifiers are.</summary>
[Compressible, InputShape("batch", 4, 8, 8)]
public sealed partial class TrainingNet : Module<Tensor, Tensor>
{
    private readonly Conv2d conv = Conv2d(4, 6, 3);
    private readonly Conv2d head = Conv2d(6, 3, 1);
    private readonly Conv2d auxiliary = Conv2d(6, 3, 1);

    public TrainingNet()
        : base(nameof(TrainingNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = relu(conv.forward(x));
        var y = head.forward(x);
        if (training)
            y = y + relu(auxiliary.forward(x));
        return y;
    }
}
