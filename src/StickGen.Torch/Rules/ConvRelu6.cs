using StickGen.Units;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;
using Activation = StickGen.Operations.Activation;

namespace StickGen.Rules;

/// <summary>A convolution and a ReLU6 are one unit.</summary>
[RewriteRule]
public static partial class ConvRelu6
{
    [Match]
    private static Tensor Pattern(Tensor x, Conv2d conv) => relu6(conv.forward(x));

    [Where]
    private static bool IsSupported(Conv2d conv) => FusionConditions.PadsZeros(conv);

    [Replace]
    private static Unit With(Site site, Conv2d conv) => new ConvUnit(site, conv, Activation.Relu6);
}
