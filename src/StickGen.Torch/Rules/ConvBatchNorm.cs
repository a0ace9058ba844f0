using StickGen.Units;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Rules;

/// <summary>A convolution and a batch normalization are one unit.</summary>
[RewriteRule]
public static partial class ConvBatchNorm
{
    [Match]
    private static Tensor Pattern(Tensor x, Conv2d conv, BatchNorm2d bn) => bn.forward(conv.forward(x));

    [Where]
    private static bool IsSupported(Conv2d conv, BatchNorm2d bn) => FusionConditions.Folds(conv, bn);

    [Replace]
    private static Unit With(Site site, Conv2d conv, BatchNorm2d bn) => new ConvUnit(site, conv, bn);
}
