using StickGen.Units;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;
using Activation = StickGen.Operations.Activation;

namespace StickGen.Rules;

/// <summary>A linear layer and a ReLU6 are one unit.</summary>
[RewriteRule]
public static partial class LinearRelu6
{
    [Match]
    private static Tensor Pattern(Tensor x, Linear linear) => relu6(linear.forward(x));

    [Replace]
    private static Unit With(Site site, Linear linear) => new LinearUnit(site, linear, Activation.Relu6);
}
