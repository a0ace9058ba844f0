using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Analyzers;
using StickGen.Capture.Diagnostics;

namespace StickGen.CodeFixes;

/// <summary>STK0201, STK0202: names a signature file that is there. Which one is a choice, so there is no Fix All.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ChooseSignatureCodeFix)), Shared]
public sealed class ChooseSignatureCodeFix : CodeFixProvider
{
    private const int Offered = 5;

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
        [DeployedModelDiagnostics.SignatureNotFound.Id, DeployedModelDiagnostics.SignatureAmbiguous.Id];

    /// <inheritdoc/>
    public override FixAllProvider? GetFixAllProvider() => null;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        if (await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false) is not { } root)
            return;
        foreach (var diagnostic in context.Diagnostics)
        {
            var node = root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
            if (node.FirstAncestorOrSelf<AttributeSyntax>()?.ArgumentList?.Arguments.FirstOrDefault() is not { } argument)
                continue;
            foreach (var name in Names(diagnostic))
            {
                var literal = SyntaxFactory.LiteralExpression(SyntaxKind.StringLiteralExpression, SyntaxFactory.Literal(name));
                var fixedRoot = root.ReplaceNode(argument.Expression, literal.WithTriviaFrom(argument.Expression));
                context.RegisterCodeFix(
                    CodeAction.Create($"Use '{name}'", _ => Task.FromResult(context.Document.WithSyntaxRoot(fixedRoot)), $"{nameof(ChooseSignatureCodeFix)}:{name}"),
                    diagnostic);
            }
        }
    }

    private static IEnumerable<string> Names(Diagnostic diagnostic) =>
        (diagnostic.Properties[DeployedModelAnalyzer.NamesProperty] ?? "").Split(['\n'], StringSplitOptions.RemoveEmptyEntries).Take(Offered);
}
