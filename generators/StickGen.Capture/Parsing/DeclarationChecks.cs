using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StickGen.Capture.Parsing;

/// <summary>Questions about the declarations of a type that has code added to it.</summary>
internal static class DeclarationChecks
{
    /// <summary>The type and those that contain it which are not partial, innermost first.</summary>
    public static IEnumerable<INamedTypeSymbol> NotPartial(INamedTypeSymbol type, CancellationToken cancellationToken)
    {
        for (var current = type; current is not null; current = current.ContainingType)
        {
            if (!Declarations(current, cancellationToken).Any(d => d.Modifiers.Any(SyntaxKind.PartialKeyword)))
                yield return current;
        }
    }

    /// <summary>The type or the one containing it that is file-local.</summary>
    public static INamedTypeSymbol? FileLocal(INamedTypeSymbol type)
    {
        for (var current = type; current is not null; current = current.ContainingType)
        {
            if (current.IsFileLocal)
                return current;
        }

        return null;
    }

    /// <summary>The declarations of a type, one for each part.</summary>
    public static IEnumerable<TypeDeclarationSyntax> Declarations(INamedTypeSymbol type, CancellationToken cancellationToken) =>
        type.DeclaringSyntaxReferences.Select(r => r.GetSyntax(cancellationToken)).OfType<TypeDeclarationSyntax>();

    /// <summary>Where the name of a type stands.</summary>
    public static Location? NameLocation(INamedTypeSymbol type, CancellationToken cancellationToken) =>
        Declarations(type, cancellationToken).FirstOrDefault()?.Identifier.GetLocation() ?? type.Locations.FirstOrDefault();
}
