using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StickGen.CodeFixes;

/// <summary>Finds the declarations that diagnostics are about.</summary>
internal static class TypeDeclarations
{
    /// <summary>The innermost type declaration around a diagnostic.</summary>
    public static TypeDeclarationSyntax? At(SyntaxNode root, Diagnostic diagnostic) =>
        root.FindToken(diagnostic.Location.SourceSpan.Start).Parent?.FirstAncestorOrSelf<TypeDeclarationSyntax>();

    /// <summary>The innermost type declarations around the diagnostics, each once.</summary>
    public static IEnumerable<TypeDeclarationSyntax> At(SyntaxNode root, IEnumerable<Diagnostic> diagnostics) =>
        diagnostics.Select(diagnostic => At(root, diagnostic)).OfType<TypeDeclarationSyntax>().Distinct();

    /// <summary>The declaration and those that contain it.</summary>
    public static IEnumerable<TypeDeclarationSyntax> WithContaining(TypeDeclarationSyntax declaration) =>
        declaration.AncestorsAndSelf().OfType<TypeDeclarationSyntax>();
}
