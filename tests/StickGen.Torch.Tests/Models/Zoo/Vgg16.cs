using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models.Zoo;

/// <summary>VGG-16 (Simonyan and Zisserman 2015). At its full width its weights are 553 MB: they are never made.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned), InputShape("batch", 3, 224, 224)]
public sealed partial class Vgg16 : Module<Tensor, Tensor>
{
    private readonly Sequential features = Sequential();
    private readonly AdaptiveAvgPool2d pool = AdaptiveAvgPool2d(7);
    private readonly Sequential classifier;

    /// <param name="divisor">How many times less channels each layer has.</param>
    public Vgg16(long divisor = 1)
        : base(nameof(Vgg16))
    {
        var device = divisor == 1 ? META : CPU;
        long channels = 3;
        foreach (var published in new long[] { 64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0 })
        {
            if (published == 0)
            {
                features.append(MaxPool2d(2, 2));
                continue;
            }

            var width = published / divisor;
            features.append(Conv2d(channels, width, 3, padding: 1, device: device));
            features.append(ReLU(inplace: true));
            channels = width;
        }

        classifier = Sequential(
            Linear(channels * 7 * 7, 4096 / divisor, device: device), ReLU(), Dropout(), Linear(4096 / divisor, 4096 / divisor, device: device), ReLU(), Dropout(),
            Linear(4096 / divisor, 1000, device: device));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => classifier.forward(torch.flatten(pool.forward(features.forward(x)), 1));
}
