using StickGen;
using StickGen.Rules;
using StickGen.Units;
using static StickGen.Rules.Patterns;
using static TorchSharp.torch;
using Linear = TorchSharp.Modules.Linear;

namespace RulePack;

/// <summary>
/// A linear layer without bias whose result is multiplied by a number, as the queries of attention are by 1/√d: the number becomes part of the scale of
/// the weights, and the multiplication costs nothing.
/// </summary>
[RewriteRule(Benefit = 4)]
public static partial class ScaledLinear
{
    [Match]
    private static Tensor Times(Tensor x, Linear fc, double factor) => fc.forward(x) * factor;

    [Match]
    private static Tensor Over(Tensor x, Linear fc, double divisor) => fc.forward(x) / divisor;

    // A scale is positive; a bias would have to be scaled too; and other calls of the layer are not to be.
    [Where]
    private static bool IsFoldable(RuleMatch match, Linear fc, double? factor, double? divisor) =>
        fc.bias is null && Factor(factor, divisor) is > 0 and < 1e6 && !match.IsShared("fc");

    [Replace]
    private static Unit With(Site site, Linear fc, double? factor, double? divisor) => new ScaledLinearUnit(site, fc, Factor(factor, divisor));

    private static double Factor(double? factor, double? divisor) => factor ?? (1 / divisor!.Value);
}
