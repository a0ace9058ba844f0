using StickGen.Units;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;
using Activation = StickGen.Operations.Activation;

namespace StickGen.Rules;

/// <summary>A sum and a ReLU are one unit.</summary>
[RewriteRule]
public static partial class AddRelu
{
    [Match]
    private static Tensor Pattern(Tensor x, Tensor y) => relu(x + y);

    [Replace]
    private static Unit With(Site site) => new AddUnit(site, Activation.Relu);
}
