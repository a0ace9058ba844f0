using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models.Zoo;

/// <summary>Two convolutions and what they are added to (He et al. 2016).</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned)]
public sealed partial class BasicBlock : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1, conv2;
    private readonly BatchNorm2d bn1, bn2;
    private readonly Module<Tensor, Tensor>? down;

    public BasicBlock(long from, long to, long stride)
        : base(nameof(BasicBlock))
    {
        conv1 = Conv2d(from, to, 3, stride, 1, bias: false);
        bn1 = BatchNorm2d(to);
        conv2 = Conv2d(to, to, 3, 1, 1, bias: false);
        bn2 = BatchNorm2d(to);
        if (stride != 1 || from != to)
            down = Sequential(Conv2d(from, to, 1, stride, bias: false), BatchNorm2d(to));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var y = functional.relu(bn1.forward(conv1.forward(x)));
        y = bn2.forward(conv2.forward(y));
        if (down is not null)
            x = down.forward(x);
        return functional.relu(y + x);
    }
}

/// <summary>A narrow convolution between two of one pixel.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned)]
public sealed partial class BottleneckBlock : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1, conv2, conv3;
    private readonly BatchNorm2d bn1, bn2, bn3;
    private readonly ReLU relu = ReLU(inplace: true);
    private readonly Module<Tensor, Tensor>? down;

    public BottleneckBlock(long from, long width, long stride)
        : base(nameof(BottleneckBlock))
    {
        conv1 = Conv2d(from, width, 1, bias: false);
        bn1 = BatchNorm2d(width);
        conv2 = Conv2d(width, width, 3, stride, 1, bias: false);
        bn2 = BatchNorm2d(width);
        conv3 = Conv2d(width, 4 * width, 1, bias: false);
        bn3 = BatchNorm2d(4 * width);
        if (stride != 1 || from != 4 * width)
            down = Sequential(Conv2d(from, 4 * width, 1, stride, bias: false), BatchNorm2d(4 * width));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var identity = x;
        x = relu.forward(bn1.forward(conv1.forward(x)));
        x = relu.forward(bn2.forward(conv2.forward(x)));
        x = bn3.forward(conv3.forward(x));
        if (down is not null)
            identity = down.forward(identity);
        x = x.add_(identity);
        return relu.forward(x);
    }
}

/// <summary>ResNet-18 and ResNet-50.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned), InputShape("batch", 3, 224, 224)]
public sealed partial class ResNet : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1 = Conv2d(3, 64, 7, 2, 3, bias: false);
    private readonly BatchNorm2d bn1 = BatchNorm2d(64);
    private readonly MaxPool2d pool = MaxPool2d(3, 2, 1);
    private readonly Sequential layers = Sequential();
    private readonly AdaptiveAvgPool2d mean = AdaptiveAvgPool2d(1);
    private readonly Linear fc;

    public ResNet(int[] blocks, bool hasBottlenecks)
        : base(nameof(ResNet))
    {
        long channels = 64;
        for (var stage = 0; stage < blocks.Length; stage++)
        {
            var width = 64L << stage;
            for (var block = 0; block < blocks[stage]; block++)
            {
                var stride = stage > 0 && block == 0 ? 2 : 1;
                layers.append($"{stage}_{block}", hasBottlenecks ? new BottleneckBlock(channels, width, stride) : new BasicBlock(channels, width, stride));
                channels = hasBottlenecks ? 4 * width : width;
            }
        }

        fc = Linear(channels, 1000);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = pool.forward(functional.relu(bn1.forward(conv1.forward(x))));
        x = layers.forward(x);
        return fc.forward(mean.forward(x).flatten(1));
    }
}
