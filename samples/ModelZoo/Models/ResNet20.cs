using StickGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

/// <summary>
/// ResNet-20 for small images (He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016, section 4.2): a
/// convolution, three stages of three blocks at full, half and quarter resolution, a mean, a linear layer. Images
/// [N, channels, H, W] with values from 0 to 1, logits [N, 10].
/// </summary>
[Compressible(Emit = Variants.All), InputShape("batch", 1, 28, 28)]
public sealed partial class ResNet20 : Module<Tensor, Tensor>
{
    private const int BlocksPerStage = 3;

    private readonly Conv2d conv;
    private readonly BatchNorm2d norm;
    private readonly Sequential stage1, stage2, stage3;
    [KeepFloat] private readonly Linear classifier;

    /// <param name="channels">Of the images.</param>
    /// <param name="width">Channels of the first stage; each further one has twice as many. The paper has 16.</param>
    public ResNet20(int channels = 1, int width = 16)
        : base(nameof(ResNet20))
    {
        conv = Conv2d(channels, width, 3, padding: 1, bias: false);
        norm = BatchNorm2d(width);
        stage1 = Stage(width, width, stride: 1);
        stage2 = Stage(width, 2 * width, stride: 2);
        stage3 = Stage(2 * width, 4 * width, stride: 2);
        classifier = Linear(4 * width, 10);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = relu(norm.forward(conv.forward(x)));
        x = stage3.forward(stage2.forward(stage1.forward(x)));
        return classifier.forward(adaptive_avg_pool2d(x, 1).flatten(1));
    }

    private static Sequential Stage(int inputs, int outputs, int stride) =>
        Sequential(Enumerable.Range(0, BlocksPerStage).Select(i => i == 0 ? new ResidualBlock(inputs, outputs, stride) : new(outputs, outputs, stride: 1)));
}
