using Microsoft.CodeAnalysis;
using StickGen.Capture.Models;

namespace StickGen.Capture.Parsing;

/// <summary>Reads the name of a type and what has to be written to add a part to it.</summary>
internal static class TypeIdentityParser
{
    public static TypeIdentity Parse(INamedTypeSymbol type)
    {
        var containers = new List<TypeHeader>();
        for (var container = type.ContainingType; container is not null; container = container.ContainingType)
            containers.Insert(0, Header(container));
        return new(
            type.ContainingNamespace is { IsGlobalNamespace: false } ns ? ns.ToDisplayString() : "",
            containers.ToEquatableArray(),
            Header(type));
    }

    private static TypeHeader Header(INamedTypeSymbol type) =>
        new(
            Keyword(type), type.Name, type.TypeParameters.Select(p => p.ToDisplayString(ReferenceFormat)).ToEquatableArray());

    private static string Keyword(INamedTypeSymbol type) => (type.TypeKind, type.IsRecord) switch
    {
        (TypeKind.Struct, true) => "record struct",
        (TypeKind.Struct, _) => "struct",
        (TypeKind.Interface, _) => "interface",
        (_, true) => "record",
        _ => "class",
    };

    private static readonly SymbolDisplayFormat ReferenceFormat = new(
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);
}
