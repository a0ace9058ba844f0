using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Diagnostics;

namespace StickGen.CodeFixes;

/// <summary>STK0019: moves a result out of the scope that would dispose it.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(MoveToOuterScopeCodeFix)), Shared]
public sealed class MoveToOuterScopeCodeFix : ExpressionCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Descriptors.ScopedResult.Id];

    /// <inheritdoc/>
    protected override string Title(Diagnostic diagnostic) => "Move to the outer dispose scope";

    /// <inheritdoc/>
    protected override (SyntaxNode Original, SyntaxNode Replacement)? Fixed(
        ExpressionSyntax expression, SemanticModel model, CancellationToken cancellationToken) =>
        (expression, AppendedCall.To(expression, "MoveToOuterDisposeScope"));
}
