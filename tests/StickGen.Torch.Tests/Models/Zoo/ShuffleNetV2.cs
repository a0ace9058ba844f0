using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models.Zoo;

/// <summary>Half of the channels pass by, half are convolved, and both are shuffled (Ma et al. 2018).</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned), InputShape("batch", 8, 7, 5)]
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

/// <summary>The unit of any width; where it halves the resolution, it convolves all channels on both ways.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned)]
public sealed partial class ShuffleUnit : Module<Tensor, Tensor>
{
    private const int Groups = 2;

    private readonly Sequential? shortcut;
    private readonly Sequential main;

    public ShuffleUnit(long from, long to, int stride)
        : base(nameof(ShuffleUnit))
    {
        var half = to / 2;
        var read = stride == 1 ? half : from;
        if (stride > 1)
        {
            shortcut = Sequential(
                Conv2d(from, from, 3, stride, 1, groups: from, bias: false), BatchNorm2d(from), Conv2d(from, half, 1, bias: false), BatchNorm2d(half), ReLU());
        }

        main = Sequential(
            Conv2d(read, half, 1, bias: false), BatchNorm2d(half), ReLU(), Conv2d(half, half, 3, stride, 1, groups: half, bias: false), BatchNorm2d(half),
            Conv2d(half, half, 1, bias: false), BatchNorm2d(half), ReLU());
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        if (shortcut is not null)
            return Shuffle(cat([shortcut.forward(x), main.forward(x)], 1));
        var halves = x.chunk(2, 1);
        return Shuffle(cat([halves[0], main.forward(halves[1])], 1));
    }

    private static Tensor Shuffle(Tensor x)
    {
        var (batch, channels, height, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        return x.view(batch, Groups, channels / Groups, height, width).transpose(1, 2).contiguous().view(batch, -1, height, width);
    }
}

/// <summary>A ShuffleNetV2 with one stage.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned), InputShape("batch", 3, 32, 32)]
public sealed partial class ShuffleNetV2 : Module<Tensor, Tensor>
{
    private readonly Conv2d stem, last;
    private readonly BatchNorm2d norm;
    private readonly Sequential units;
    private readonly Linear classifier;

    public ShuffleNetV2(long width = 32)
        : base(nameof(ShuffleNetV2))
    {
        stem = Conv2d(3, 24, 3, 2, 1, bias: false);
        norm = BatchNorm2d(24);
        units = Sequential(new ShuffleUnit(24, width, 2), new ShuffleUnit(width, width, 1), new ShuffleUnit(width, width, 1));
        last = Conv2d(width, 2 * width, 1);
        classifier = Linear(2 * width, 10);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = units.forward(functional.relu(norm.forward(stem.forward(x))));
        return classifier.forward(functional.relu(last.forward(x)).mean([2, 3]));
    }
}
