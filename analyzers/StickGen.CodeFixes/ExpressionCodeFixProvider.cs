using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StickGen.CodeFixes;

/// <summary>A fix that writes another expression where the diagnostic is.</summary>
public abstract class ExpressionCodeFixProvider : DocumentCodeFixProvider
{
    /// <inheritdoc/>
    protected sealed override async Task<SyntaxNode?> FixAsync(
        Document document, ImmutableArray<Diagnostic> diagnostics, CancellationToken cancellationToken)
    {
        if (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not { } root
            || await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false) is not { } model)
        {
            return null;
        }

        var replacements = new Dictionary<SyntaxNode, SyntaxNode>();
        foreach (var diagnostic in diagnostics)
        {
            if (root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true).FirstAncestorOrSelf<ExpressionSyntax>() is { } expression
                && Fixed(expression, model, cancellationToken) is var (original, replacement))
            {
                replacements[original] = replacement;
            }
        }

        return replacements.Count > 0
            ? root.ReplaceNodes(replacements.Keys, (original, _) => replacements[original])
            : null;
    }

    /// <summary>What is replaced for an expression, and by what; <see langword="null"/> if it cannot be mended.</summary>
    protected abstract (SyntaxNode Original, SyntaxNode Replacement)? Fixed(
        ExpressionSyntax expression, SemanticModel model, CancellationToken cancellationToken);
}
