using StickGen.Units;
using TorchSharp.Modules;
using static StickGen.Rules.Patterns;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Rules;

/// <summary>A convolution and a ReLU or ReLU6 are one unit.</summary>
[RewriteRule]
public static partial class ConvRelu
{
    [Match]
    private static Tensor Pattern(Tensor x, Conv2d conv)
    {
        var y = conv.forward(x);
        return AnyOf(relu(y), relu6(y));
    }

    [Where]
    private static bool IsSupported(Conv2d conv) => FusionConditions.PadsZeros(conv);

    [Replace]
    private static Unit With(Site site, Conv2d conv) => new ConvUnit(site, conv, FusionConditions.ActivationOf(site));
}
