using System.Text;
using Microsoft.CodeAnalysis.CSharp;

namespace StickGen.Capture.Forward;

/// <summary>Makes identifiers of other names.</summary>
internal static class Identifiers
{
    /// <summary>A name as code writes it: keywords need an <c>@</c>, and so does <c>field</c> in a property.</summary>
    public static string Escape(string name) =>
        SyntaxFacts.GetKeywordKind(name) != SyntaxKind.None || name == "field" ? "@" + name : name;

    public static string From(string name)
    {
        var identifier = new StringBuilder(name.Length);
        foreach (var character in name)
            identifier.Append(SyntaxFacts.IsIdentifierPartCharacter(character) ? character : '_');
        if (identifier.Length == 0 || !SyntaxFacts.IsIdentifierStartCharacter(identifier[0]))
            identifier.Insert(0, '_');
        return identifier.ToString();
    }
}
