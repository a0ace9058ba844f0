using StickGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

/// <summary>
/// The VGG-small of low-bit papers (Zhang et al., "LQ-Nets", 2018) at a quarter of its width: three pairs of 3×3 convolutions, each
/// followed by a max-pool, then a linear layer. Images [N, channels, 28, 28] with values from 0 to 1, logits [N, 10].
/// </summary>
[Compressible(Emit = Variants.All), InputShape("batch", 1, 28, 28)]
public sealed partial class VggSmall : Module<Tensor, Tensor>
{
    private const int Width = 32;

    private readonly Sequential features;
    [KeepFloat] private readonly Linear classifier;

    /// <param name="channels">Of the images.</param>
    /// <param name="side">Height and width of the images.</param>
    public VggSmall(int channels = 1, int side = 28)
        : base(nameof(VggSmall))
    {
        features = Sequential(
            new ConvLayer(channels, Width), new ConvLayer(Width, Width), MaxPool2d(2),
            new ConvLayer(Width, 2 * Width), new ConvLayer(2 * Width, 2 * Width), MaxPool2d(2),
            new ConvLayer(2 * Width, 4 * Width), new ConvLayer(4 * Width, 4 * Width), MaxPool2d(2));
        var end = side / 8;
        classifier = Linear(4 * Width * end * end, 10);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => classifier.forward(features.forward(x).flatten(1));
}
