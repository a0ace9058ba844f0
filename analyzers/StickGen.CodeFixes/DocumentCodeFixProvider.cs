using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace StickGen.CodeFixes;

/// <summary>
/// A fix that mends any number of diagnostics of a document in one go, so that Fix All does not have to merge edits that
/// overlap, as those of a class and of the class around it do.
/// </summary>
public abstract class DocumentCodeFixProvider : CodeFixProvider
{
    /// <inheritdoc/>
    public sealed override FixAllProvider GetFixAllProvider() => FixAllProvider.Create(async (context, document, diagnostics) =>
        await FixAsync(document, diagnostics, context.CancellationToken).ConfigureAwait(false) is { } fixedRoot
            ? document.WithSyntaxRoot(fixedRoot)
            : null);

    /// <inheritdoc/>
    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (var diagnostic in context.Diagnostics)
        {
            // The fix is made before it is offered: what cannot be mended is not offered.
            if (await FixAsync(context.Document, [diagnostic], context.CancellationToken).ConfigureAwait(false) is not { } fixedRoot)
                continue;
            context.RegisterCodeFix(
                CodeAction.Create(Title(diagnostic), _ => Task.FromResult(context.Document.WithSyntaxRoot(fixedRoot)), GetType().Name),
                diagnostic);
        }
    }

    /// <summary>What the user reads in the list of fixes.</summary>
    protected abstract string Title(Diagnostic diagnostic);

    /// <summary>The document without those of the diagnostics that can be mended, or <see langword="null"/> if none can.</summary>
    protected abstract Task<SyntaxNode?> FixAsync(
        Document document, ImmutableArray<Diagnostic> diagnostics, CancellationToken cancellationToken);
}
