using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

/// <summary>A residual stage: the stem and both second convolutions share their channels through the additions.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 3, 8, 8)]
public sealed partial class StageNet : Module<Tensor, Tensor>
{
    private readonly Conv2d stem = Conv2d(3, 8, 3, padding: 1, bias: false);
    private readonly BatchNorm2d bn = BatchNorm2d(8);
    private readonly ResidualUnit first = new(8, 6);
    private readonly ResidualUnit second = new(8, 10);
    private readonly Linear fc = Linear(8 * 4, 5);

    public StageNet()
        : base(nameof(StageNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = relu(bn.forward(stem.forward(x)));
        x = second.forward(first.forward(x));
        return fc.forward(adaptive_avg_pool2d(x, [2, 2]).flatten(1));
    }
}

[Compressible(Emit = StickGen.Variants.All)]
public sealed partial class ResidualUnit : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn1;
    private readonly BatchNorm2d bn2;

    public ResidualUnit(int channels, int inner)
        : base(nameof(ResidualUnit))
    {
        conv1 = Conv2d(channels, inner, 3, padding: 1, bias: false);
        conv2 = Conv2d(inner, channels, 3, padding: 1, bias: false);
        bn1 = BatchNorm2d(inner);
        bn2 = BatchNorm2d(channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => relu(bn2.forward(conv2.forward(relu(bn1.forward(conv1.forward(x))))) + x);
}

/// <summary>An inverted residual: a depthwise convolution between two of one by one, with biases.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 3, 8, 8)]
public sealed partial class MobileNet : Module<Tensor, Tensor>
{
    private readonly Sequential features = Sequential(
        ("expand", Conv2d(3, 12, 1)), ("bn1", BatchNorm2d(12)), ("act1", ReLU6()),
        ("depthwise", Conv2d(12, 12, 3, stride: 2, padding: 1, groups: 12)), ("bn2", BatchNorm2d(12)), ("act2", ReLU6()),
        ("project", Conv2d(12, 6, 1)), ("bn3", BatchNorm2d(6)), ("double", Conv2d(6, 12, 3, padding: 1, groups: 6)), ("act3", GELU()),
        ("head", Conv2d(12, 4, 1)));

    public MobileNet()
        : base(nameof(MobileNet)) => RegisterComponents();

    public override Tensor forward(Tensor x) => features.forward(x);
}

/// <summary>Dense connections: each layer reads all before it; norms see the concatenation.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 3, 6, 6)]
public sealed partial class DenseNet : Module<Tensor, Tensor>
{
    private readonly Conv2d conv0 = Conv2d(3, 4, 3, padding: 1);
    private readonly BatchNorm2d norm1 = BatchNorm2d(4);
    private readonly Conv2d conv1 = Conv2d(4, 6, 3, padding: 1);
    private readonly BatchNorm2d norm2 = BatchNorm2d(10);
    private readonly Conv2d conv2 = Conv2d(10, 8, 3, padding: 1);
    private readonly BatchNorm2d norm3 = BatchNorm2d(21);
    private readonly Linear fc = Linear(21 * 36, 3);

    public DenseNet()
        : base(nameof(DenseNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var y0 = conv0.forward(x);
        var y1 = conv1.forward(relu(norm1.forward(y0)));
        var y2 = conv2.forward(relu(norm2.forward(cat([y0, y1], 1))));
        return fc.forward(relu(norm3.forward(cat([y0, x, y1, y2], 1))).flatten(1));
    }
}

/// <summary>Grouped convolutions: few groups of many channels, then many groups of few; group norms of both kinds.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 3, 6, 6)]
public sealed partial class GroupedNet : Module<Tensor, Tensor>
{
    private readonly Sequential features = Sequential(
        ("stem", Conv2d(3, 12, 1)), ("few", Conv2d(12, 16, 3, padding: 1, groups: 2)), ("act1", SiLU()),
        ("mix", Conv2d(16, 12, 1)), ("many", Conv2d(12, 18, 3, padding: 1, groups: 6)), ("act2", Sigmoid()),
        ("mix2", Conv2d(18, 12, 1)), ("norm2", GroupNorm(6, 12)), ("mix3", Conv2d(12, 8, 1)), ("up", ConvTranspose2d(8, 6, 2, 2)),
        ("slope", PReLU(6)), ("head", Conv2d(6, 4, 1)));

    public GroupedNet()
        : base(nameof(GroupedNet))
    {
        RegisterComponents();
        // TorchSharp leaves the parameters of a group normalization what the memory was.
        foreach (var norm in modules().OfType<GroupNorm>())
        {
            init.ones_(norm.weight!);
            init.zeros_(norm.bias!);
        }
    }

    public override Tensor forward(Tensor x) => features.forward(x);
}

/// <summary>A head that is marked, and what only training reads.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 3, 6, 6)]
public sealed partial class MarkedNet : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1 = Conv2d(3, 6, 3);
    [KeepChannels] private readonly Conv2d conv2 = Conv2d(6, 7, 3);
    private readonly Conv2d conv3 = Conv2d(7, 8, 1);
    private readonly Conv2d head = Conv2d(8, 4, 1);
    private readonly Conv2d auxiliary = Conv2d(6, 4, 3);

    public MarkedNet()
        : base(nameof(MarkedNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = relu(conv1.forward(x));
        var y = head.forward(relu(conv3.forward(relu(conv2.forward(x)))));
        if (training)
            y = y + auxiliary.forward(x);
        return y;
    }
}

/// <summary>A layer of unknown kind between convolutions.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 3, 6, 6)]
public sealed partial class UnknownOperationNet : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1 = Conv2d(3, 6, 3);
    private readonly Conv2d conv2 = Conv2d(6, 7, 1);
    private readonly Conv2d conv3 = Conv2d(7, 3, 1);

    public UnknownOperationNet()
        : base(nameof(UnknownOperationNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = conv1.forward(x);
#pragma warning disable STK0006 // It is what this network is for.
        x = x.cumsum(1);
#pragma warning restore STK0006
        return conv3.forward(relu(conv2.forward(x)));
    }
}

/// <summary>Channels seen as two dimensions and as one again, and flattened features seen as a map again.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 3, 6, 6)]
public sealed partial class ReshapingNet : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1 = Conv2d(3, 8, 3, padding: 1);
    private readonly Conv2d conv2 = Conv2d(8, 6, 3, padding: 1);
    private readonly Linear fc = Linear(6 * 36, 5);

    public ReshapingNet()
        : base(nameof(ReshapingNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = conv1.forward(x);
        x = relu(x.view(x.shape[0], 2, -1, 6, 6)).flatten(1, 2);
        x = conv2.forward(x);
        x = x.reshape(x.shape[0], -1, 36).flatten(1).view(x.shape[0], -1, 1, 1);
        return fc.forward(relu(x).flatten(1));
    }
}

/// <summary>Nearest upsampling, as a function and as a module, between layers that can lose channels.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 3, 8, 8)]
public sealed partial class UpsamplingNet : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1 = Conv2d(3, 8, 3, padding: 1), conv2 = Conv2d(8, 6, 3, padding: 1), conv3 = Conv2d(6, 4, 1);
    private readonly Upsample upsample = Upsample(scale_factor: [2, 2]);

    public UpsamplingNet()
        : base(nameof(UpsamplingNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = upsample.forward(relu(conv1.forward(x)));
        x = interpolate(relu(conv2.forward(x)), scale_factor: [2, 2]);
        return conv3.forward(x);
    }
}
