using StickGen.Units;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;
using Activation = StickGen.Operations.Activation;

namespace StickGen.Rules;

/// <summary>A convolution, a batch normalization and a ReLU are one unit.</summary>
[RewriteRule]
public static partial class ConvBatchNormRelu
{
    [Match]
    private static Tensor Pattern(Tensor x, Conv2d conv, BatchNorm2d bn) => relu(bn.forward(conv.forward(x)));

    [Where]
    private static bool IsSupported(Conv2d conv, BatchNorm2d bn) => FusionConditions.Folds(conv, bn);

    [Replace]
    private static Unit With(Site site, Conv2d conv, BatchNorm2d bn) => new ConvUnit(site, conv, bn, Activation.Relu);
}
