using System.Globalization;
using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>Writes the compiled form of a rule into its class, where it can call the rule's private methods.</summary>
internal static class RuleEmitter
{
    public static string Emit(CapturedRule rule) => PartWriter.Write(rule.Type, "", writer =>
    {
        if (rule.ReplacesModules)
        {
            writer.Line($$"""
                /// <summary>The compiled rule.</summary>
                {{PartWriter.GeneratedCode}}
                public static {{Names.ModuleRule}} Rule { get; } = new(
                    {{Names.Literal(rule.Type.FullName)}},
                    pattern: {{Names.Literal(rule.Pattern.Text)}},
                    where: {{Where(rule)}},
                    replace: static match => {{Names.Escape(rule.Replacement.Name)}}({{string.Join(", ", Arguments(rule.Replacement))}}));
                """);
            return;
        }

        writer.Line($$"""
            /// <summary>The compiled rule.</summary>
            {{PartWriter.GeneratedCode}}
            public static {{Names.RewriteRule}} Rule { get; } = new(
                {{Names.Literal(rule.Type.FullName)}},
                benefit: {{rule.Benefit.ToString(CultureInfo.InvariantCulture)}},
                pattern: {{Names.Literal(rule.Pattern.Text)}},
                where: {{Where(rule)}},
                replace: static (site, match) => {{Names.Escape(rule.Replacement.Name)}}({{string.Join(", ", Arguments(rule.Replacement).Prepend("site"))}}));
            """);
        if (!rule.HasVerify)
        {
            writer.Line($"""

                /// <summary>Checks on random modules and inputs that the replacement computes what the pattern computes, and throws if it does not.</summary>
                /// <param name="seed">Decides the modules and inputs.</param>
                {PartWriter.GeneratedCode}
                public static void Verify(int seed) => {Names.RuleVerification}.Verify(Rule, seed);
                """);
        }
    });

    private static string Where(CapturedRule rule) => rule.Conditions.Count == 0
        ? "null"
        : "static match => " + string.Join(" && ", rule.Conditions.Select(c => $"{Names.Escape(c.Name)}({string.Join(", ", Arguments(c))})"));

    private static IEnumerable<string> Arguments(RuleMethod method) => method.Parameters.Select(Argument);

    private static string Argument(RuleParameter parameter)
    {
        var (find, name) = (parameter.IsOptional ? "Find" : "", Names.Literal(parameter.Name));
        return parameter.Source switch
        {
            RuleParameterSource.Match => "match",
            RuleParameterSource.Module => $"match.{find}Module<{parameter.Type}>({name})",
            RuleParameterSource.Number when parameter.Type == "double" => $"match.{find}Number({name})",
            RuleParameterSource.Number => $"({parameter.Type}{(parameter.IsOptional ? "?" : "")})match.{find}Number({name})",
            var source => $"match.{find}{source}({name})",
        };
    }
}
