using StickGen.Units;
using TorchSharp.Modules;
using static StickGen.Rules.Patterns;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Rules;

/// <summary>A convolution, a batch normalization and a ReLU or ReLU6 are one unit.</summary>
[RewriteRule]
public static partial class ConvBatchNormRelu
{
    [Match]
    private static Tensor Pattern(Tensor x, Conv2d conv, BatchNorm2d bn)
    {
        var y = bn.forward(conv.forward(x));
        return AnyOf(relu(y), relu6(y));
    }

    [Where]
    private static bool IsSupported(Conv2d conv, BatchNorm2d bn) => FusionConditions.Folds(conv, bn);

    [Replace]
    private static Unit With(Site site, Conv2d conv, BatchNorm2d bn) => new ConvUnit(site, conv, bn, FusionConditions.ActivationOf(site));
}
