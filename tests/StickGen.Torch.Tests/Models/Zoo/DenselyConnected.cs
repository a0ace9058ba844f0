using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models.Zoo;

/// <summary>A layer that adds its channels to those before it: a bottleneck of 1×1, then 3×3, each after norm and ReLU.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned)]
public sealed partial class DenseLayer : Module<Tensor, Tensor>
{
    private readonly BatchNorm2d norm1, norm2;
    private readonly Conv2d conv1, conv2;

    public DenseLayer(long from, long growth)
        : base(nameof(DenseLayer))
    {
        norm1 = BatchNorm2d(from);
        conv1 = Conv2d(from, 4 * growth, 1, bias: false);
        norm2 = BatchNorm2d(4 * growth);
        conv2 = Conv2d(4 * growth, growth, 3, padding: 1, bias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var y = conv1.forward(functional.relu(norm1.forward(x)));
        y = conv2.forward(functional.relu(norm2.forward(y)));
        return cat([x, y], 1);
    }
}

/// <summary>Half of the channels at half of the resolution.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned)]
public sealed partial class DenseTransition : Module<Tensor, Tensor>
{
    private readonly BatchNorm2d norm;
    private readonly Conv2d conv;
    private readonly AvgPool2d pool = AvgPool2d(2, 2);

    public DenseTransition(long from)
        : base(nameof(DenseTransition))
    {
        norm = BatchNorm2d(from);
        conv = Conv2d(from, from / 2, 1, bias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => pool.forward(conv.forward(functional.relu(norm.forward(x))));
}

/// <summary>DenseNet-BC (Huang et al. 2017) with two blocks.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned), InputShape("batch", 3, 32, 32)]
public sealed partial class DenselyConnected : Module<Tensor, Tensor>
{
    private readonly Conv2d stem;
    private readonly Sequential blocks = Sequential();
    private readonly BatchNorm2d norm;
    private readonly Linear classifier;

    public DenselyConnected(long growth = 8, int layers = 3)
        : base(nameof(DenselyConnected))
    {
        var channels = 2 * growth;
        stem = Conv2d(3, channels, 3, padding: 1, bias: false);
        for (var block = 0; block < 2; block++)
        {
            for (var layer = 0; layer < layers; layer++)
            {
                blocks.append(new DenseLayer(channels, growth));
                channels += growth;
            }

            if (block == 0)
            {
                blocks.append(new DenseTransition(channels));
                channels /= 2;
            }
        }

        norm = BatchNorm2d(channels);
        classifier = Linear(channels, 10);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = functional.relu(norm.forward(blocks.forward(stem.forward(x))));
        return classifier.forward(functional.adaptive_avg_pool2d(x, 1).flatten(1));
    }
}
