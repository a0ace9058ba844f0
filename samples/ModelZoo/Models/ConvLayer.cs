using StickGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

/// <summary>A 3×3 convolution, batch normalization, ReLU.</summary>
[Compressible(Emit = Variants.All)]
public sealed partial class ConvLayer : Module<Tensor, Tensor>
{
    private readonly Conv2d conv;
    private readonly BatchNorm2d norm;

    public ConvLayer(int inputs, int outputs)
        : base(nameof(ConvLayer))
    {
        conv = Conv2d(inputs, outputs, 3, padding: 1, bias: false);
        norm = BatchNorm2d(outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => relu(norm.forward(conv.forward(x)));
}
