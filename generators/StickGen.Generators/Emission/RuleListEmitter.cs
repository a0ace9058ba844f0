using System.Globalization;
using StickGen.Capture;
using StickGen.Capture.Models;
using StickGen.Capture.Rules;
using StickGen.Matching;

namespace StickGen.Generators.Emission;

/// <summary>Writes what concerns all rules of a compilation.</summary>
internal static class RuleListEmitter
{
    /// <summary>The metadata that other assemblies read the rules of this one from.</summary>
    public static string EmitMetadata(EquatableArray<CapturedRule> rules)
    {
        var writer = new SourceWriter();
        writer.Line(PartWriter.Header);
        foreach (var rule in rules.OrderBy(rule => rule.Type.FullName, StringComparer.Ordinal))
        {
            var benefit = rule.Benefit.ToString(CultureInfo.InvariantCulture);
            var pattern = Names.Literal(rule.Pattern.Text);
            writer.Line($"[assembly: {Names.CompiledRule}({PatternText.Version}, typeof({rule.Type.Reference}), {benefit}, {pattern})]");
        }

        return writer.ToString();
    }

    /// <summary>The rules that the models of this compilation are rewritten by.</summary>
    public static string EmitVisible(VisibleRuleList visible)
    {
        var writer = new SourceWriter();
        writer.Line(PartWriter.Header);
        using (writer.Open("namespace StickGen.Generated"))
        {
            writer.Line($"""
                /// <summary>The rules of this compilation and of its references, by benefit, greatest first, then by name.</summary>
                {PartWriter.GeneratedCode}
                """);
            using (writer.Open("internal static class VisibleRules"))
            {
                writer.Line($"internal static readonly {Names.RewriteRule}[] All =\n[");
                foreach (var rule in visible.Rules)
                    writer.Line($"    {rule.Reference}.Rule,");
                writer.Line("];");
            }
        }

        return writer.ToString();
    }
}
