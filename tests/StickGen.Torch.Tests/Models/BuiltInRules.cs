using StickGen.Rules;

namespace StickGen.Torch.Tests.Models;

/// <summary>What the generator emits as the rules that are visible in a compilation.</summary>
internal static class BuiltInRules
{
    public static IReadOnlyList<RewriteRule> All { get; } =
        [ConvBatchNormRelu.Rule, ConvBatchNormRelu6.Rule, AddRelu.Rule, ConvBatchNorm.Rule, ConvRelu.Rule, ConvRelu6.Rule, LinearRelu.Rule, LinearRelu6.Rule];
}
