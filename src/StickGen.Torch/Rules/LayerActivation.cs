using StickGen.Units;
using TorchSharp.Modules;
using static StickGen.Rules.Patterns;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Rules;

/// <summary>
/// A layer, perhaps its batch normalization, and an activation that the integer kernels do not have built in: one line of the emitted code. The batch
/// normalization is folded where it can be; the activation is computed as it is on its own.
/// </summary>
[RewriteRule]
public static partial class LayerActivation
{
    [Match]
    private static Tensor Convolution(Tensor x, Conv2d layer, BatchNorm2d norm, double slope)
    {
        var y = layer.forward(x);
        return Activated(Optional(norm.forward(y), y), slope);
    }

    [Match]
    private static Tensor Transposed(Tensor x, ConvTranspose2d layer, BatchNorm2d norm, double slope)
    {
        var y = layer.forward(x);
        return Activated(Optional(norm.forward(y), y), slope);
    }

    [Match]
    private static Tensor Dense(Tensor x, Linear layer, BatchNorm1d norm, double slope)
    {
        var y = layer.forward(x);
        return Activated(Optional(norm.forward(y), y), slope);
    }

    [Replace]
    private static Unit[] With(Site site, nn.Module layer, nn.Module? norm) => layer switch
    {
        Conv2d conv when norm is BatchNorm2d bn && FusionConditions.Folds(conv, bn) => [new ConvUnit(site.Part(..^1), conv, bn), site.DefaultUnit(^1)],
        _ when norm is null => [site.DefaultUnit(0), site.DefaultUnit(^1)],
        _ => [site.DefaultUnit(0), site.DefaultUnit(1), site.DefaultUnit(^1)],
    };

    private static Tensor Activated(Tensor y, double slope) => AnyOf(
        leaky_relu(y, slope), y.sigmoid(), hardsigmoid(y), hardswish(y), silu(y), gelu(y), gelu(y, GELU.Approximate.tanh));
}
