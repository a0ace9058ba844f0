using StickGen.Rules;

namespace StickGen.Torch.Tests.Models;

/// <summary>The rules that models written by hand are rewritten with: all that are visible in this compilation.</summary>
internal static class BuiltInRules
{
    public static IReadOnlyList<RewriteRule> All => Generated.VisibleRules.All;
}
