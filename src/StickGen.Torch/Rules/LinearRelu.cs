using StickGen.Units;
using TorchSharp.Modules;
using static StickGen.Rules.Patterns;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Rules;

/// <summary>A linear layer and a ReLU or ReLU6 are one unit.</summary>
[RewriteRule]
public static partial class LinearRelu
{
    [Match]
    private static Tensor Pattern(Tensor x, Linear linear)
    {
        var y = linear.forward(x);
        return AnyOf(relu(y), relu6(y));
    }

    [Replace]
    private static Unit With(Site site, Linear linear) => new LinearUnit(site, linear, FusionConditions.ActivationOf(site));
}
