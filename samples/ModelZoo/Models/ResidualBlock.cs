using StickGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

/// <summary>
/// The basic block of ResNet-20. Where it changes the size, its shortcut is a 1×1 convolution (the paper's option B):
/// a padding with zeros (option A) would need an operation that the integer model does not have, and learns no better.
/// </summary>
[Compressible(Emit = Variants.All)]
public sealed partial class ResidualBlock : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1, conv2;
    private readonly BatchNorm2d norm1, norm2;
    private readonly Sequential? shortcut;

    public ResidualBlock(int inputs, int outputs, int stride)
        : base(nameof(ResidualBlock))
    {
        conv1 = Conv2d(inputs, outputs, 3, stride: stride, padding: 1, bias: false);
        norm1 = BatchNorm2d(outputs);
        conv2 = Conv2d(outputs, outputs, 3, padding: 1, bias: false);
        norm2 = BatchNorm2d(outputs);
        if (stride != 1 || inputs != outputs)
            shortcut = Sequential(Conv2d(inputs, outputs, 1, stride: stride, bias: false), BatchNorm2d(outputs));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var identity = x;
        if (shortcut is not null)
            identity = shortcut.forward(x);
        x = relu(norm1.forward(conv1.forward(x)));
        x = norm2.forward(conv2.forward(x));
        return relu(x + identity);
    }
}
