using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models.Zoo;

/// <summary>VGG-16 (Simonyan and Zisserman 2015). Its weights are 553 MB: they are never made.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape("batch", 3, 224, 224)]
public sealed partial class Vgg16 : Module<Tensor, Tensor>
{
    private readonly Sequential features = Sequential();
    private readonly AdaptiveAvgPool2d pool = AdaptiveAvgPool2d(7);
    private readonly Sequential classifier;

    public Vgg16()
        : base(nameof(Vgg16))
    {
        long channels = 3;
        foreach (var width in new long[] { 64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0 })
        {
            if (width == 0)
            {
                features.append(MaxPool2d(2, 2));
                continue;
            }

            features.append(Conv2d(channels, width, 3, padding: 1, device: META));
            features.append(ReLU(inplace: true));
            channels = width;
        }

        classifier = Sequential(
            Linear(512 * 7 * 7, 4096, device: META), ReLU(), Dropout(), Linear(4096, 4096, device: META), ReLU(), Dropout(), Linear(4096, 1000, device: META));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => classifier.forward(torch.flatten(pool.forward(features.forward(x)), 1));
}
