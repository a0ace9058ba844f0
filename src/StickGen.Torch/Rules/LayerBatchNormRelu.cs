using StickGen.Units;
using TorchSharp.Modules;
using static StickGen.Rules.Patterns;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Rules;

/// <summary>
/// A transposed convolution or a linear layer, its batch normalization if it has one, and a ReLU or ReLU6: one line of the emitted code, with a unit
/// for each part, because the integer kernels have none for them together.
/// </summary>
[RewriteRule]
public static partial class LayerBatchNormRelu
{
    [Match]
    private static Tensor Transposed(Tensor x, ConvTranspose2d layer, BatchNorm2d norm)
    {
        var y = layer.forward(x);
        var z = Optional(norm.forward(y), y);
        return AnyOf(relu(z), relu6(z));
    }

    [Match]
    private static Tensor Dense(Tensor x, Linear layer, BatchNorm1d norm)
    {
        var z = norm.forward(layer.forward(x));
        return AnyOf(relu(z), relu6(z));
    }

    [Replace]
    private static Unit[] With(Site site) => [.. Enumerable.Range(0, site.Nodes.Count).Select(i => site.DefaultUnit(i))];
}
