using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models.Zoo;

/// <summary>A narrow value, widened, convolved by channel and narrowed again (Sandler et al. 2018).</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned)]
public sealed partial class InvertedResidual : Module<Tensor, Tensor>
{
    private readonly Sequential conv = Sequential();
    private readonly bool isResidual;

    public InvertedResidual(long from, long to, long stride, long expansion)
        : base(nameof(InvertedResidual))
    {
        var hidden = from * expansion;
        if (expansion != 1)
            conv.append("expand", Sequential(Conv2d(from, hidden, 1, bias: false), BatchNorm2d(hidden), ReLU6()));
        conv.append("depthwise", Sequential(Conv2d(hidden, hidden, 3, stride, 1, groups: hidden, bias: false), BatchNorm2d(hidden), ReLU6()));
        conv.append("narrow", Sequential(Conv2d(hidden, to, 1, bias: false), BatchNorm2d(to)));
        isResidual = stride == 1 && from == to;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        if (isResidual)
            return x + conv.forward(x);
        return conv.forward(x);
    }
}

/// <summary>MobileNetV2 of width 1.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned), InputShape("batch", 3, 224, 224)]
public sealed partial class MobileNetV2 : Module<Tensor, Tensor>
{
    private readonly Sequential features = Sequential();
    private readonly Sequential classifier = Sequential(Dropout(0.2), Linear(1280, 1000));

    public MobileNetV2()
        : base(nameof(MobileNetV2))
    {
        features.append("stem", Sequential(Conv2d(3, 32, 3, 2, 1, bias: false), BatchNorm2d(32), ReLU6()));
        long channels = 32;
        (long Expansion, long Channels, int Count, long Stride)[] stages =
            [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];
        foreach (var (expansion, width, count, stride) in stages)
        {
            for (var i = 0; i < count; i++)
            {
                features.append($"{width}_{i}", new InvertedResidual(channels, width, i == 0 ? stride : 1, expansion));
                channels = width;
            }
        }

        features.append("head", Sequential(Conv2d(320, 1280, 1, bias: false), BatchNorm2d(1280), ReLU6()));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = features.forward(x);
        x = functional.adaptive_avg_pool2d(x, 1).reshape(x.shape[0], -1);
        return classifier.forward(x);
    }
}
