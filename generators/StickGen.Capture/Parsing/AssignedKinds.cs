using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Models;
using StickGen.Kinds;

namespace StickGen.Capture.Parsing;

/// <summary>
/// What a member that is declared as some <c>Module&lt;Tensor, Tensor&gt;</c> holds, where each assignment shows the same. It decides
/// which nodes run together; the instance is asked again when a rule is applied.
/// </summary>
internal static class AssignedKinds
{
    /// <summary>The kind of the modules that are assigned to a member, by their own types.</summary>
    public static string Of(ISymbol member, Compilation compilation, CancellationToken cancellationToken)
    {
        string? kind = null;
        foreach (var reference in member.ContainingType.DeclaringSyntaxReferences)
        {
            var declaration = reference.GetSyntax(cancellationToken);
            SemanticModel? semanticModel = null;
            foreach (var value in declaration.DescendantNodes().Select(node => Assigned(node, member.Name)).OfType<ExpressionSyntax>())
            {
                semanticModel ??= compilation.GetSemanticModel(declaration.SyntaxTree);
                var literal = value is PostfixUnaryExpressionSyntax { Operand: var suppressed } ? suppressed : value;
                if (literal.IsKind(SyntaxKind.NullLiteralExpression) || literal.IsKind(SyntaxKind.DefaultLiteralExpression))
                    continue;
                var assigned = semanticModel.GetTypeInfo(value, cancellationToken).Type is { } type ? ModuleTypes.KindOf(type) : NodeKinds.Module;
                if (kind is not null && kind != assigned)
                    return NodeKinds.Module;
                kind = assigned;
            }
        }

        // One that only moves values would get no unit, and this is not certain enough for that: others can assign the member too.
        return kind is null || NodeKinds.OnlyMoves(kind) ? NodeKinds.Module : kind;
    }

    private static ExpressionSyntax? Assigned(SyntaxNode node, string name) => node switch
    {
        VariableDeclaratorSyntax { Initializer.Value: var value, Parent.Parent: FieldDeclarationSyntax } field when field.Identifier.ValueText == name => value,
        PropertyDeclarationSyntax { Initializer.Value: var value } property when property.Identifier.ValueText == name => value,
        AssignmentExpressionSyntax { Left: IdentifierNameSyntax left, Right: var value } when left.Identifier.ValueText == name => value,
        AssignmentExpressionSyntax { Left: MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name: var left }, Right: var value }
            when left.Identifier.ValueText == name => value,
        _ => null,
    };
}
