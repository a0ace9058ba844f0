using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using StickGen.Capture.Diagnostics;

namespace StickGen.CodeFixes;

/// <summary>STK0023: calls the method that gives a new tensor, where nobody can have meant the old one to change.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(OutOfPlaceCodeFix)), Shared]
public sealed class OutOfPlaceCodeFix : ExpressionCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Descriptors.InPlaceOnObserved.Id];

    /// <inheritdoc/>
    protected override string Title(Diagnostic diagnostic) => "Compute a new tensor";

    /// <inheritdoc/>
    protected override (SyntaxNode Original, SyntaxNode Replacement)? Fixed(
        ExpressionSyntax expression, SemanticModel model, CancellationToken cancellationToken)
    {
        if (expression is not InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: var receiver, Name: IdentifierNameSyntax name } } call
            || model.GetSymbolInfo(call, cancellationToken).Symbol is not IMethodSymbol { IsStatic: false } method
            || method.ContainingType.GetMembers(name.Identifier.Text.TrimEnd('_')).IsEmpty)
        {
            return null;
        }

        var renamed = call.ReplaceNode(name, SyntaxFactory.IdentifierName(name.Identifier.Text.TrimEnd('_')).WithTriviaFrom(name));
        if (receiver is not (IdentifierNameSyntax or MemberAccessExpressionSyntax or ElementAccessExpressionSyntax))
            return (call, renamed);
        if (receiver is not IdentifierNameSyntax variable || model.GetSymbolInfo(variable, cancellationToken).Symbol is not (ILocalSymbol or IParameterSymbol))
            return null;
        return call.Parent switch
        {
            ExpressionStatementSyntax => (call, Assignment(variable, renamed).WithTriviaFrom(call)),
            ReturnStatementSyntax or ArrowExpressionClauseSyntax => (call, renamed),
            AssignmentExpressionSyntax { Left: IdentifierNameSyntax assigned } when assigned.Identifier.ValueText == variable.Identifier.ValueText => (call, renamed),
            _ => null,
        };
    }

    private static AssignmentExpressionSyntax Assignment(IdentifierNameSyntax variable, ExpressionSyntax value) =>
        SyntaxFactory.AssignmentExpression(SyntaxKind.SimpleAssignmentExpression, variable.WithoutTrivia(), value.WithoutTrivia())
            .WithAdditionalAnnotations(Formatter.Annotation);
}
