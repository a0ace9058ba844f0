using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Diagnostics;

namespace StickGen.CodeFixes;

/// <summary>STK0017: calls <c>RegisterComponents()</c> where the constructor ends.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(RegisterLastCodeFix)), Shared]
public sealed class RegisterLastCodeFix : DocumentCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Descriptors.RegisteredTooEarly.Id];

    /// <inheritdoc/>
    protected override string Title(Diagnostic diagnostic) => "Call RegisterComponents() last";

    /// <inheritdoc/>
    protected override async Task<SyntaxNode?> FixAsync(
        Document document, ImmutableArray<Diagnostic> diagnostics, CancellationToken cancellationToken)
    {
        if (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not { } root)
            return null;
        var bodies = diagnostics
            .Select(diagnostic => root.FindToken(diagnostic.Location.SourceSpan.Start).Parent?.FirstAncestorOrSelf<ConstructorDeclarationSyntax>()?.Body)
            .OfType<BlockSyntax>()
            .Distinct()
            .Where(body => body.Statements.Any(IsCall) && !(body.Statements.Last() is ReturnStatementSyntax or ThrowStatementSyntax))
            .ToList();
        return bodies.Count > 0
            ? root.ReplaceNodes(bodies, (_, body) => MoveCall(body))
            : null;
    }

    private static BlockSyntax MoveCall(BlockSyntax body)
    {
        var call = body.Statements.First(IsCall);
        return body.WithStatements(body.Statements.Remove(call).Add(call));
    }

    private static bool IsCall(StatementSyntax statement) =>
        statement is ExpressionStatementSyntax
        {
            Expression: InvocationExpressionSyntax
            {
                Expression: IdentifierNameSyntax { Identifier.Text: "RegisterComponents" }
                    or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name.Identifier.Text: "RegisterComponents" },
            },
        };
}
