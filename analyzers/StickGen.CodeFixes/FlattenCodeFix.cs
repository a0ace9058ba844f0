using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Diagnostics;

namespace StickGen.CodeFixes;

/// <summary>STK0021: flattens all dimensions but the first instead of naming how many elements they have.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(FlattenCodeFix)), Shared]
public sealed class FlattenCodeFix : ExpressionCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Descriptors.ConstantReshape.Id];

    /// <inheritdoc/>
    protected override string Title(Diagnostic diagnostic) => "Use flatten(1)";

    /// <inheritdoc/>
    protected override (SyntaxNode Original, SyntaxNode Replacement)? Fixed(
        ExpressionSyntax expression, SemanticModel model, CancellationToken cancellationToken) =>
        expression is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name: IdentifierNameSyntax { Identifier.Text: "view" or "reshape" } name } } call
        && model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol { IsStatic: false }
            ? (call, call.ReplaceNode(name, SyntaxFactory.IdentifierName("flatten").WithTriviaFrom(name)).WithArgumentList(One(call.ArgumentList)))
            : null;

    private static ArgumentListSyntax One(ArgumentListSyntax original) =>
        SyntaxFactory.ArgumentList([SyntaxFactory.Argument(SyntaxFactory.LiteralExpression(SyntaxKind.NumericLiteralExpression, SyntaxFactory.Literal(1)))])
            .WithTriviaFrom(original);
}
