using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models.Zoo;

/// <summary>Four branches side by side (Szegedy et al. 2015), with batch normalization.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned)]
public sealed partial class Inception : Module<Tensor, Tensor>
{
    private readonly Sequential branch1, branch2, branch3, branch4;

    public Inception(long from, long one, long reduced3, long three, long reduced5, long five, long pooled)
        : base(nameof(Inception))
    {
        branch1 = GoogLeNet.Conv(from, one, 1);
        branch2 = Sequential(GoogLeNet.Conv(from, reduced3, 1), GoogLeNet.Conv(reduced3, three, 3, padding: 1));
        branch3 = Sequential(GoogLeNet.Conv(from, reduced5, 1), GoogLeNet.Conv(reduced5, five, 3, padding: 1));
        branch4 = Sequential(MaxPool2d(3, 1, 1, ceil_mode: true), GoogLeNet.Conv(from, pooled, 1));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) =>
        torch.cat([branch1.forward(x), branch2.forward(x), branch3.forward(x), branch4.forward(x)], 1);
}

/// <summary>GoogLeNet without its auxiliary classifiers.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned), InputShape("batch", 3, 224, 224)]
public sealed partial class GoogLeNet : Module<Tensor, Tensor>
{
    private readonly Sequential stem, stages;
    private readonly Dropout dropout = Dropout(0.2);
    private readonly Linear fc = Linear(1024, 1000);

    public GoogLeNet()
        : base(nameof(GoogLeNet))
    {
        stem = Sequential(
            Conv(3, 64, 7, 2, 3), MaxPool2d(3, 2, ceil_mode: true), Conv(64, 64, 1), Conv(64, 192, 3, padding: 1), MaxPool2d(3, 2, ceil_mode: true));
        stages = Sequential(
            new Inception(192, 64, 96, 128, 16, 32, 32), new Inception(256, 128, 128, 192, 32, 96, 64), MaxPool2d(3, 2, ceil_mode: true),
            new Inception(480, 192, 96, 208, 16, 48, 64), new Inception(512, 160, 112, 224, 24, 64, 64), new Inception(512, 128, 128, 256, 24, 64, 64),
            new Inception(512, 112, 144, 288, 32, 64, 64), new Inception(528, 256, 160, 320, 32, 128, 128), MaxPool2d(2, 2, ceil_mode: true),
            new Inception(832, 256, 160, 320, 32, 128, 128), new Inception(832, 384, 192, 384, 48, 128, 128));
        RegisterComponents();
    }

    public static Sequential Conv(long from, long to, long kernel, long stride = 1, long padding = 0) =>
        Sequential(Conv2d(from, to, kernel, stride, padding, bias: false), BatchNorm2d(to, 0.001), ReLU());

    public override Tensor forward(Tensor x)
    {
        x = stages.forward(stem.forward(x));
        x = x.mean([2, 3]);
        return fc.forward(dropout.forward(x));
    }
}
