using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Diagnostics;

namespace StickGen.CodeFixes;

/// <summary>STK0020: returns a new tensor on the memory of the input in place of the input.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(AliasInputCodeFix)), Shared]
public sealed class AliasInputCodeFix : ExpressionCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Descriptors.InputReturned.Id];

    /// <inheritdoc/>
    protected override string Title(Diagnostic diagnostic) => "Return an alias";

    /// <inheritdoc/>
    protected override (SyntaxNode Original, SyntaxNode Replacement)? Fixed(
        ExpressionSyntax expression, SemanticModel model, CancellationToken cancellationToken)
    {
        // What is moved out of a scope has to be the alias, which would be disposed with the scope itself.
        while (expression is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "MoveToOuterDisposeScope" or "DetachFromDisposeScope", Expression: var moved } })
            expression = moved;
        return (expression, AppendedCall.To(expression, "alias"));
    }
}
