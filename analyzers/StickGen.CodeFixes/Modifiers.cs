using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StickGen.CodeFixes;

/// <summary>Adds and removes modifiers of type declarations without moving comments.</summary>
internal static class Modifiers
{
    /// <summary>The declaration with <c>partial</c>, which has to be the last modifier.</summary>
    public static TypeDeclarationSyntax AddPartial(TypeDeclarationSyntax declaration) =>
        Insert(declaration, declaration.Modifiers.Count, SyntaxKind.PartialKeyword);

    /// <summary>The declaration with <c>static</c> instead of <c>sealed</c> or <c>abstract</c>.</summary>
    public static TypeDeclarationSyntax AddStatic(TypeDeclarationSyntax declaration)
    {
        declaration = Remove(Remove(declaration, SyntaxKind.SealedKeyword), SyntaxKind.AbstractKeyword);
        var partial = declaration.Modifiers.IndexOf(SyntaxKind.PartialKeyword);
        return Insert(declaration, partial < 0 ? declaration.Modifiers.Count : partial, SyntaxKind.StaticKeyword);
    }

    /// <summary>The declaration without a modifier.</summary>
    public static TypeDeclarationSyntax Remove(TypeDeclarationSyntax declaration, SyntaxKind modifier)
    {
        var index = declaration.Modifiers.IndexOf(modifier);
        if (index < 0)
            return declaration;
        var leading = declaration.Modifiers[index].LeadingTrivia;
        declaration = declaration.WithModifiers(declaration.Modifiers.RemoveAt(index));
        return WithTokenAt(declaration, index, TokenAt(declaration, index).WithLeadingTrivia(leading));
    }

    private static TypeDeclarationSyntax Insert(TypeDeclarationSyntax declaration, int index, SyntaxKind modifier)
    {
        if (declaration.Modifiers.Any(modifier))
            return declaration;
        var next = TokenAt(declaration, index);
        var added = SyntaxFactory.Token(next.LeadingTrivia, modifier, SyntaxFactory.TriviaList(SyntaxFactory.Space));
        declaration = WithTokenAt(declaration, index, next.WithLeadingTrivia());
        return (TypeDeclarationSyntax)declaration.WithModifiers(declaration.Modifiers.Insert(index, added));
    }

    /// <summary>The modifier, or behind the last one the keyword of the declaration.</summary>
    private static SyntaxToken TokenAt(TypeDeclarationSyntax declaration, int index) =>
        index < declaration.Modifiers.Count ? declaration.Modifiers[index] : declaration.Keyword;

    private static TypeDeclarationSyntax WithTokenAt(TypeDeclarationSyntax declaration, int index, SyntaxToken token) =>
        declaration.ReplaceToken(TokenAt(declaration, index), token);
}
