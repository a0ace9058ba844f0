using StickGen.Capture.Models;

namespace StickGen.Capture.Rules;

/// <summary>Rules that are visible together.</summary>
/// <param name="Rules">The rules.</param>
internal sealed record VisibleRuleList(EquatableArray<VisibleRule> Rules)
{
    /// <summary>The rules in the order in which they are tried: by benefit, greatest first, then by name.</summary>
    public static VisibleRuleList Ordered(IEnumerable<VisibleRule> rules) => new(
        rules.OrderByDescending(rule => rule.Benefit).ThenBy(rule => rule.Name, StringComparer.Ordinal).ToEquatableArray());
}
