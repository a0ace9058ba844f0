using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace StickGen.Capture.Forward;

/// <summary>Writes code on one line and without comments, so that its layout does not matter.</summary>
internal static class OneLine
{
    public static string Of(SyntaxNode node)
    {
        var text = new StringBuilder();
        var previous = default(SyntaxToken);
        foreach (var token in node.DescendantTokens())
        {
            if (text.Length > 0 && IsSpaced(previous, token))
                text.Append(' ');
            foreach (var character in token.Text)
                text.Append(SyntaxFacts.IsNewLine(character) ? ' ' : character);
            previous = token;
        }

        return text.ToString();
    }

    /// <summary>Whether anything separates two neighbouring tokens.</summary>
    public static bool IsSpaced(SyntaxToken left, SyntaxToken right) => left.HasTrailingTrivia || right.HasLeadingTrivia;
}
