using StickGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

/// <summary>
/// A small MobileNetV2 (Sandler et al., "MobileNetV2: Inverted residuals and linear bottlenecks", 2018): inverted residuals at
/// full, half and quarter resolution. Images [N, channels, H, W] with values from 0 to 1, logits [N, 10].
/// </summary>
[Compressible(Emit = Variants.All), InputShape("batch", 1, 28, 28)]
public sealed partial class MobileNetV2Small : Module<Tensor, Tensor>
{
    private const int Expansion = 4, Features = 128;

    private readonly Conv2d stem, head;
    private readonly BatchNorm2d stemNorm, headNorm;
    private readonly Sequential blocks;
    [KeepFloat] private readonly Linear classifier;

    /// <param name="channels">Of the images.</param>
    public MobileNetV2Small(int channels = 1)
        : base(nameof(MobileNetV2Small))
    {
        stem = Conv2d(channels, 12, 3, padding: 1, bias: false);
        stemNorm = BatchNorm2d(12);
        blocks = Sequential(
            new InvertedResidual(12, 12, Expansion, stride: 1),
            new InvertedResidual(12, 20, Expansion, stride: 2),
            new InvertedResidual(20, 20, Expansion, stride: 1),
            new InvertedResidual(20, 32, Expansion, stride: 2),
            new InvertedResidual(32, 32, Expansion, stride: 1),
            new InvertedResidual(32, 32, Expansion, stride: 1));
        head = Conv2d(32, Features, 1, bias: false);
        headNorm = BatchNorm2d(Features);
        classifier = Linear(Features, 10);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = relu6(stemNorm.forward(stem.forward(x)));
        x = blocks.forward(x);
        x = relu6(headNorm.forward(head.forward(x)));
        return classifier.forward(adaptive_avg_pool2d(x, 1).flatten(1));
    }
}
