using System.Globalization;
using StickGen.Capture.Models;
using StickGen.Capture.Rules;

namespace StickGen.Generators.Emission;

/// <summary>Writes the compiled form of a rule into its class, where it can call the rule's private methods.</summary>
internal static class RuleEmitter
{
    public static string Emit(CapturedRule rule) => PartWriter.Write(rule.Type, "", writer =>
        writer.Line($$"""
            /// <summary>The compiled rule.</summary>
            {{PartWriter.GeneratedCode}}
            public static {{Names.RewriteRule}} Rule { get; } = new(
                {{Names.Literal(rule.Type.FullName)}},
                benefit: {{rule.Benefit.ToString(CultureInfo.InvariantCulture)}},
                pattern: {{Names.Literal(PatternText.Format(rule.Pattern))}},
                where: {{Where(rule)}},
                replace: static (site, match) => {{Names.Escape(rule.Replacement.Name)}}({{string.Join(", ", Modules(rule.Replacement).Prepend("site"))}}));
            """));

    private static string Where(CapturedRule rule) => rule.Conditions.Count == 0
        ? "null"
        : "static match => " + string.Join(" && ", rule.Conditions.Select(c => $"{Names.Escape(c.Name)}({string.Join(", ", Modules(c))})"));

    private static IEnumerable<string> Modules(RuleMethod method) =>
        method.Modules.Select(module => $"match.Module<{module.Type}>({Names.Literal(module.Name)})");
}
