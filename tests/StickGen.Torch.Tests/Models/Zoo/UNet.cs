using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models.Zoo;

/// <summary>Two convolutions.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned)]
public sealed partial class DoubleConv : Module<Tensor, Tensor>
{
    private readonly Sequential layers;

    public DoubleConv(long from, long to)
        : base(nameof(DoubleConv))
    {
        layers = Sequential(
            Conv2d(from, to, 3, padding: 1, bias: false), BatchNorm2d(to), ReLU(), Conv2d(to, to, 3, padding: 1, bias: false), BatchNorm2d(to), ReLU());
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => layers.forward(x);
}

/// <summary>A U-Net (Ronneberger et al. 2015) with padded convolutions; 64 channels are the usual.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned), InputShape("batch", 3, 64, 64)]
public sealed partial class UNet : Module<Tensor, Tensor>
{
    private readonly DoubleConv enter, down1, down2, down3, down4, merge1, merge2, merge3, merge4;
    private readonly ConvTranspose2d up1, up2, up3, up4;
    private readonly Conv2d leave;

    public UNet(long width, long classes = 2)
        : base(nameof(UNet))
    {
        (enter, down1, down2, down3, down4) =
            (new(3, width), new(width, 2 * width), new(2 * width, 4 * width), new(4 * width, 8 * width), new(8 * width, 16 * width));
        up1 = ConvTranspose2d(16 * width, 8 * width, 2, 2);
        up2 = ConvTranspose2d(8 * width, 4 * width, 2, 2);
        up3 = ConvTranspose2d(4 * width, 2 * width, 2, 2);
        up4 = ConvTranspose2d(2 * width, width, 2, 2);
        (merge1, merge2, merge3, merge4) = (new(16 * width, 8 * width), new(8 * width, 4 * width), new(4 * width, 2 * width), new(2 * width, width));
        leave = Conv2d(width, classes, 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var x1 = enter.forward(x);
        var x2 = down1.forward(functional.max_pool2d(x1, 2));
        var x3 = down2.forward(functional.max_pool2d(x2, 2));
        var x4 = down3.forward(functional.max_pool2d(x3, 2));
        var y = down4.forward(functional.max_pool2d(x4, 2));
        y = merge1.forward(cat([x4, up1.forward(y)], 1));
        y = merge2.forward(cat([x3, up2.forward(y)], 1));
        y = merge3.forward(cat([x2, up3.forward(y)], 1));
        y = merge4.forward(cat([x1, up4.forward(y)], 1));
        return leave.forward(y);
    }
}
