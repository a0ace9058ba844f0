using System.Globalization;
using Microsoft.CodeAnalysis;
using StickGen.Capture;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;
using StickGen.Capture.Planning;
using StickGen.Capture.Rules;

namespace StickGen.Analyzers;

/// <summary>What can be wrong with rules that are right each by itself.</summary>
internal static class RuleSet
{
    /// <summary>Finds what is wrong with the rules of a compilation.</summary>
    /// <param name="types">The rule classes.</param>
    /// <param name="captures">What is captured of the compilation.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static IEnumerable<CaptureProblem> Problems(IReadOnlyCollection<INamedTypeSymbol> types, Captures captures, CancellationToken cancellationToken)
    {
        var own = types
            .Select(type => (Type: type, captures.Rule(type, cancellationToken).Model))
            .Where(rule => rule.Model is { ReplacesModules: false })
            .Select(rule => (rule.Type, Rule: VisibleRule.Of(rule.Model!)))
            .OrderBy(rule => rule.Rule.Name, StringComparer.Ordinal)
            .ToArray();
        var visible = captures.VisibleRules(cancellationToken).Rules;
        return own.SelectMany(rule => Ambiguous(rule.Type, rule.Rule, visible, own.Select(o => o.Rule.Name), cancellationToken))
            .Concat(Unused(own, captures, cancellationToken));
    }

    /// <summary>Of two own rules the one that comes second is told.</summary>
    private static IEnumerable<CaptureProblem> Ambiguous(
        INamedTypeSymbol type, VisibleRule rule, IEnumerable<VisibleRule> visible, IEnumerable<string> own, CancellationToken cancellationToken)
    {
        foreach (var other in visible.Where(other => other.Benefit == rule.Benefit && other.Name != rule.Name))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isFirst = string.CompareOrdinal(rule.Name, other.Name) < 0;
            if ((isFirst && own.Contains(other.Name)) || PatternOverlap.Find(rule.Pattern, other.Pattern) is not { } common)
                continue;
            yield return Problem(
                Descriptors.RuleAmbiguous, type, cancellationToken, (isFirst ? other : rule).Name, (isFirst ? rule : other).Name,
                rule.Benefit.ToString(CultureInfo.InvariantCulture), common);
        }
    }

    private static IEnumerable<CaptureProblem> Unused((INamedTypeSymbol Type, VisibleRule Rule)[] own, Captures captures, CancellationToken cancellationToken)
    {
        var hidden = own.Where(rule => !IsSeenElsewhere(rule.Type)).ToArray();
        if (hidden.Length == 0)
            yield break;
        var models = captures.Marked(KnownTypes.CompressibleAttribute, cancellationToken).Select(type => captures.Model(type, cancellationToken).Model).ToArray();

        // A class that could not be captured may be the one that the rule is for.
        if (models.Any(model => model is null))
            yield break;
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var model in models)
            used.UnionWith(LikelyMatches.Candidates(model!, hidden.Select(rule => rule.Rule)).Select(candidate => candidate.Rule.Name));
        foreach (var (type, rule) in hidden.Where(rule => !used.Contains(rule.Rule.Name)))
            yield return Problem(Descriptors.RuleUnused, type, cancellationToken, type.Name);
    }

    private static bool IsSeenElsewhere(INamedTypeSymbol type)
    {
        for (var current = type; current is not null; current = current.ContainingType)
        {
            if (current.DeclaredAccessibility != Accessibility.Public)
                return type.ContainingAssembly.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == "InternalsVisibleToAttribute");
        }

        return true;
    }

    private static CaptureProblem Problem(DiagnosticDescriptor descriptor, INamedTypeSymbol type, CancellationToken cancellationToken, params string[] arguments) =>
        new(descriptor, DeclarationChecks.NameLocation(type, cancellationToken) ?? Location.None, [.. arguments]);
}
