using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StickGen.Capture.Forward;

/// <summary>What code does with locals, parameters and members.</summary>
internal static class Variables
{
    /// <summary>The locals and parameters that code names. The name of an argument is none: <c>F(width: 2)</c>.</summary>
    public static IEnumerable<ISymbol> NamedBy(SyntaxNode code, SemanticModel semanticModel, CancellationToken cancellationToken) =>
        code.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>()
            .Where(name => name.Parent is not NameColonSyntax)
            .Select(name => semanticModel.GetSymbolInfo(name, cancellationToken).Symbol)
            .Where(symbol => symbol is ILocalSymbol or IParameterSymbol { ContainingSymbol: not IMethodSymbol { MethodKind: MethodKind.Constructor } })!;

    /// <summary>What a node writes: the targets of an assignment, of <c>++</c> and <c>--</c>, and arguments by reference. What inner nodes write is not among it.</summary>
    public static IEnumerable<ExpressionSyntax> WrittenBy(SyntaxNode node) => node switch
    {
        AssignmentExpressionSyntax { Left: TupleExpressionSyntax { Arguments: var targets } } => targets.Select(target => target.Expression),
        AssignmentExpressionSyntax { Parent: not InitializerExpressionSyntax, Left: var target } => [target],
        PostfixUnaryExpressionSyntax { Operand: var target } unary when unary.Kind() is SyntaxKind.PostIncrementExpression or SyntaxKind.PostDecrementExpression => [target],
        PrefixUnaryExpressionSyntax { Operand: var target } unary when unary.Kind() is SyntaxKind.PreIncrementExpression or SyntaxKind.PreDecrementExpression => [target],
        ArgumentSyntax { RefKindKeyword.RawKind: (int)SyntaxKind.RefKeyword or (int)SyntaxKind.OutKeyword, Expression: var target } => [target],
        _ => [],
    };
}
