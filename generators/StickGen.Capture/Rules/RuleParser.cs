using System.Globalization;
using Microsoft.CodeAnalysis;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;

namespace StickGen.Capture.Rules;

/// <summary>Reads a rule class: its declaration, its methods and its pattern.</summary>
internal sealed class RuleParser(
    INamedTypeSymbol type, Compilation compilation, ProblemList problems, CancellationToken cancellationToken)
{
    private readonly KnownTypes known = KnownTypes.Of(compilation);

    public CapturedRule? Parse()
    {
        CheckDeclaration();
        var match = Single(KnownTypes.MatchAttribute, "Match");
        var replace = Single(KnownTypes.ReplaceAttribute, "Replace");
        var where = Methods(KnownTypes.WhereAttribute).ToArray();
        if (match is null)
            return null;

        var pattern = new PatternParser(type, compilation, problems, cancellationToken).Parse(match);
        var conditions = where.Select(method => ParseCondition(method, match)).OfType<RuleMethod>().ToArray();
        if (replace is null || ParseReplacement(replace, match) is not { } replacement || pattern is null || conditions.Length < where.Length)
            return null;
        return new(TypeIdentityParser.Parse(type), Benefit(pattern), pattern, conditions.ToEquatableArray(), replacement);
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

    private IEnumerable<IMethodSymbol> Methods(string attribute) =>
        type.GetMembers().OfType<IMethodSymbol>().Where(method => KnownTypes.FindAttribute(method, attribute) is not null);

    private IMethodSymbol? Single(string attribute, string name)
    {
        var methods = Methods(attribute).ToArray();
        if (methods.Length == 1)
            return methods[0];
        var place = methods.Length == 0 ? DeclarationChecks.NameLocation(type, cancellationToken) : methods[1].Locations.FirstOrDefault();
        problems.Add(Descriptors.RuleMethodCount, place, type.Name, name, methods.Length.ToString(CultureInfo.InvariantCulture));
        return null;
    }

    private RuleMethod? ParseCondition(IMethodSymbol method, IMethodSymbol match)
    {
        if (method.ReturnType.SpecialType != SpecialType.System_Boolean)
            return Signature(method, "return bool");
        return ParseModules(method, method.Parameters, match);
    }

    private RuleMethod? ParseReplacement(IMethodSymbol method, IMethodSymbol match)
    {
        if (!IsUnit(method.ReturnType))
            return Signature(method, "return a Unit");
        if (method.Parameters.Length == 0 || !KnownTypes.Is(method.Parameters[0].Type, KnownTypes.Site))
            return Signature(method, "take a Site as its first parameter");
        return ParseModules(method, method.Parameters.Skip(1), match);
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

    private RuleMethod? Signature(IMethodSymbol method, string expected)
    {
        problems.Add(Descriptors.RuleSignature, method.Locations.FirstOrDefault(), method.Name, expected);
        return null;
    }

    private RuleMethod? ParseModules(IMethodSymbol method, IEnumerable<IParameterSymbol> parameters, IMethodSymbol match)
    {
        if (method.Arity > 0)
            return Signature(method, "have no type parameters");
        if (method.Parameters.Any(parameter => parameter.RefKind is not (RefKind.None or RefKind.In)))
            return Signature(method, "take its parameters by value");
        var modules = new List<RuleParameter>();
        foreach (var parameter in parameters)
        {
            var bound = match.Parameters.FirstOrDefault(p => p.Name == parameter.Name);
            var reason = bound switch
            {
                null => $"'{match.Name}' has no parameter of that name",
                _ when !known.IsModule(bound.Type) => "it is a tensor, and only the live modules are known here",
                _ when !SymbolEqualityComparer.Default.Equals(bound.Type, parameter.Type) =>
                    $"there it is a '{bound.Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)}'",
                _ => null,
            };
            if (reason is not null)
            {
                problems.Add(Descriptors.RuleUnknownParameter, parameter.Locations.FirstOrDefault(), method.Name, parameter.Name, reason);
                return null;
            }

            modules.Add(new(parameter.Name, TypeNames.NotNull(parameter.Type)));
        }

        return new(method.Name, modules.ToEquatableArray());
    }

    private int Benefit(PatternNode pattern)
    {
        foreach (var argument in KnownTypes.FindAttribute(type, KnownTypes.RewriteRuleAttribute)?.NamedArguments ?? [])
        {
            if (argument is { Key: "Benefit", Value.Value: int and > 0 and var benefit })
                return benefit;
        }

        return pattern.NodeCount;
    }
}
