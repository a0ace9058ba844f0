using Microsoft.CodeAnalysis;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;

namespace StickGen.Capture.Rules;

/// <summary>The names of a rule's patterns, and the parameters of its other methods, which are bound to them.</summary>
/// <param name="matches">The methods marked <c>[Match]</c>.</param>
/// <param name="alwaysBound">The names that every match binds.</param>
/// <param name="known">The types of TorchSharp.</param>
/// <param name="problems">Where problems go.</param>
internal sealed class RuleParameters(IMethodSymbol[] matches, HashSet<string> alwaysBound, KnownTypes known, ProblemList problems)
{
    /// <summary>Finds what the parameters of a condition or a replacement are.</summary>
    public RuleMethod? Bind(IMethodSymbol method, IEnumerable<IParameterSymbol> parameters)
    {
        if (method.Arity > 0)
            return Signature(method, "have no type parameters");
        if (method.Parameters.Any(parameter => parameter.RefKind is not (RefKind.None or RefKind.In)))
            return Signature(method, "take its parameters by value");
        var bound = new List<RuleParameter>();
        foreach (var parameter in parameters)
        {
            if (KnownTypes.Is(parameter.Type, KnownTypes.RuleMatch))
            {
                bound.Add(new(parameter.Name, "", RuleParameterSource.Match, false));
                continue;
            }

            var (source, reason) = Find(parameter);
            if (reason is not null)
            {
                problems.Add(Descriptors.RuleUnknownParameter, parameter.Locations.FirstOrDefault(), method.Name, parameter.Name, reason);
                return null;
            }

            bound.Add(new(parameter.Name, TypeNames.NotNull(Underlying(parameter.Type)), source, !alwaysBound.Contains(parameter.Name)));
        }

        return new(method.Name, bound.ToEquatableArray());
    }

    public RuleMethod? Signature(IMethodSymbol method, string expected)
    {
        problems.Add(Descriptors.RuleSignature, method.Locations.FirstOrDefault(), method.Name, expected);
        return null;
    }

    private (RuleParameterSource Source, string? Problem) Find(IParameterSymbol parameter)
    {
        var named = matches.SelectMany(match => match.Parameters).Where(candidate => candidate.Name == parameter.Name).ToArray();
        if (named.Length == 0)
            return (default, matches.Length == 1 ? $"'{matches[0].Name}' has no parameter of that name" : "no [Match] method has a parameter of that name");
        var source = SourceOf(named[0].Type);
        if (named.Any(candidate => SourceOf(candidate.Type) != source))
            return (default, "it is not the same in all [Match] methods");
        if (known.IsTensor(parameter.Type) || known.IsTensorList(parameter.Type))
            return (default, "it is a tensor, and only the live modules are known here; of a value, a GraphValue is");
        var type = Underlying(parameter.Type);
        var fits = source switch
        {
            RuleParameterSource.Module => named.All(candidate => IsA(candidate.Type, type)),
            RuleParameterSource.Number => SymbolEqualityComparer.Default.Equals(named[0].Type, type),
            RuleParameterSource.Value => KnownTypes.Is(type, KnownTypes.GraphValue),
            _ => type is INamedTypeSymbol { Name: "IReadOnlyList", TypeArguments: { Length: 1 } arguments } && KnownTypes.Is(arguments[0], KnownTypes.GraphValue),
        };
        if (!fits)
        {
            var expected = source switch
            {
                RuleParameterSource.Value => "GraphValue",
                RuleParameterSource.Values => "IReadOnlyList<GraphValue>",
                _ => Display(named.First(candidate => !IsA(candidate.Type, type)).Type),
            };
            return (default, $"there it is a '{expected}'");
        }

        return alwaysBound.Contains(parameter.Name) || parameter.NullableAnnotation != NullableAnnotation.NotAnnotated
            ? (source, null)
            : (default, $"not every alternative binds it; declare it as '{Display(type)}?'");
    }

    private RuleParameterSource SourceOf(ITypeSymbol type) =>
        known.IsTensor(type) ? RuleParameterSource.Value
        : known.IsTensorList(type) ? RuleParameterSource.Values
        : known.IsModule(type) ? RuleParameterSource.Module
        : RuleParameterSource.Number;

    private static ITypeSymbol Underlying(ITypeSymbol type) =>
        type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable ? nullable.TypeArguments[0] : type;

    private static bool IsA(ITypeSymbol type, ITypeSymbol ancestor)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(current, ancestor))
                return true;
        }

        return false;
    }

    private static string Display(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);
}
