using System.Globalization;
using Microsoft.CodeAnalysis;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;
using StickGen.Matching;

namespace StickGen.Capture.Rules;

/// <summary>Reads a rule class: its declaration, its methods and its pattern.</summary>
internal sealed class RuleParser(
    INamedTypeSymbol type, Compilation compilation, ProblemList problems, CancellationToken cancellationToken)
{
    private readonly KnownTypes known = KnownTypes.Of(compilation);

    public CapturedRule? Parse()
    {
        CheckDeclaration();
        CheckBenefit();
        var matches = Methods(KnownTypes.MatchAttribute).ToArray();
        var replacements = Methods(KnownTypes.ReplaceAttribute).ToArray();
        var where = Methods(KnownTypes.WhereAttribute).ToArray();
        if (matches.Length == 0)
            Count("Match", DeclarationChecks.NameLocation(type, cancellationToken), "at least one method", 0);
        if (replacements.Length != 1)
            Count("Replace", replacements.Length == 0 ? DeclarationChecks.NameLocation(type, cancellationToken) : replacements[1].Locations.FirstOrDefault(), "exactly one method", replacements.Length);
        if (matches.Length == 0)
            return null;

        var patterns = matches.Select(match => new PatternParser(type, compilation, problems, cancellationToken).Parse(match)).ToArray();
        if (patterns.Any(part => part is null))
            return null;
        var pattern = RulePattern.Of(patterns.Length == 1 ? patterns[0]! : new PatternAlternatives([.. patterns.OfType<PatternPart>()]));
        var parameters = new RuleParameters(matches, pattern.AlwaysBound(), known, problems);
        var conditions = where.Select(method => ParseCondition(method, parameters)).OfType<RuleMethod>().ToArray();
        if (replacements.Length != 1 || ParseReplacement(replacements[0], parameters) is not { } replacement || conditions.Length < where.Length)
            return null;
        return new(
            TypeIdentityParser.Parse(type), Benefit() is > 0 and var benefit ? benefit : Math.Max(1, pattern.NodeCount), pattern,
            conditions.ToEquatableArray(), replacement)
        {
            ReplacesModules = known.IsModule(replacements[0].ReturnType),
            HasVerify = type.GetMembers("Verify").Any(member => !GeneratedMembers.IsGenerated(member)),
        };
    }

    private void CheckDeclaration()
    {
        var missing = new List<string>();
        if (!type.IsStatic)
            missing.Add("static");
        if (DeclarationChecks.NotPartial(type, cancellationToken).Any())
            missing.Add(DeclarationChecks.NotPartial(type, cancellationToken).First().Equals(type, SymbolEqualityComparer.Default) ? "partial" : "in partial types only");
        if (!compilation.IsSymbolAccessibleWithin(type, compilation.Assembly))
            missing.Add("accessible in its assembly");
        for (var current = type; current is not null; current = current.ContainingType)
        {
            if (current.Arity > 0)
                missing.Add("free of type parameters");
        }

        if (DeclarationChecks.FileLocal(type) is not null)
            missing.Add("visible outside of its file");
        if (missing.Count > 0)
        {
            problems.Add(
                Descriptors.RuleNotStaticPartial, DeclarationChecks.NameLocation(type, cancellationToken), type.Name, string.Join(" and ", missing.Distinct()));
        }
    }

    private void CheckBenefit()
    {
        if (Benefit() < 0)
            problems.Add(Descriptors.RuleBenefit, DeclarationChecks.NameLocation(type, cancellationToken), type.Name, Benefit().ToString(CultureInfo.InvariantCulture));
    }

    private IEnumerable<IMethodSymbol> Methods(string attribute) =>
        type.GetMembers().OfType<IMethodSymbol>().Where(method => KnownTypes.FindAttribute(method, attribute) is not null);

    private void Count(string attribute, Location? place, string expected, int count) =>
        problems.Add(Descriptors.RuleMethodCount, place, type.Name, attribute, count.ToString(CultureInfo.InvariantCulture), expected);

    private RuleMethod? ParseCondition(IMethodSymbol method, RuleParameters parameters)
    {
        if (method.ReturnType.SpecialType != SpecialType.System_Boolean)
            return parameters.Signature(method, "return bool");
        return parameters.Bind(method, method.Parameters);
    }

    private RuleMethod? ParseReplacement(IMethodSymbol method, RuleParameters parameters)
    {
        if (known.IsModule(method.ReturnType))
            return parameters.Bind(method, method.Parameters);
        if (!IsUnit(method.ReturnType is IArrayTypeSymbol { Rank: 1, ElementType: var element } ? element : method.ReturnType))
            return parameters.Signature(method, "return a Unit, an array of them, or a module");
        if (method.Parameters.Length == 0 || !KnownTypes.Is(method.Parameters[0].Type, KnownTypes.Site))
            return parameters.Signature(method, "take a Site as its first parameter");
        return parameters.Bind(method, method.Parameters.Skip(1));
    }

    private static bool IsUnit(ITypeSymbol returned)
    {
        for (var current = returned; current is not null; current = current.BaseType)
        {
            if (KnownTypes.Is(current, KnownTypes.Unit))
                return true;
        }

        return false;
    }

    private int Benefit()
    {
        foreach (var argument in KnownTypes.FindAttribute(type, KnownTypes.RewriteRuleAttribute)?.NamedArguments ?? [])
        {
            if (argument is { Key: "Benefit", Value.Value: int benefit })
                return benefit;
        }

        return 0;
    }
}
