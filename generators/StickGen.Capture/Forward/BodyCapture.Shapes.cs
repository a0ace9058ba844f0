using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace StickGen.Capture.Forward;

/// <content>Locals that hold the shape of a tensor: after <c>var shape = x.shape;</c>, <c>shape[1]</c> is a size of <c>x</c>.</content>
internal sealed partial class BodyCapture
{
    /// <summary>Remembers whose shape a local holds, if nothing changes it.</summary>
    private void BindShape(ILocalSymbol local, IOperation value)
    {
        if (ShapedTensor(Unconverted(value)) is { } tensor && Evaluate(tensor) is TensorBinding { Value: var shaped } && IsOnlyRead(local))
            context.Shapes[local] = shaped;
    }

    private IOperation? ShapedTensor(IOperation value)
    {
        var tensor = value switch
        {
            IPropertyReferenceOperation { Property.Name: "shape", Instance: { } owner } => owner,
            IInvocationOperation { TargetMethod.Name: "size", Arguments.IsEmpty: true, Instance: { } owner } => owner,
            _ => null,
        };
        return tensor is ILocalReferenceOperation or IParameterReferenceOperation && context.Known.IsTensor(tensor.Type) ? tensor : null;
    }

    private bool IsOnlyRead(ILocalSymbol local)
    {
        if (local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(context.CancellationToken) is not { } declaration || declaration.FirstAncestorOrSelf<MemberDeclarationSyntax>() is not { } member)
            return false;
        var semanticModel = context.SemanticModelOf(declaration.SyntaxTree);
        return member.DescendantNodes().OfType<IdentifierNameSyntax>()
            .Where(name => name.Identifier.ValueText == local.Name && SymbolEqualityComparer.Default.Equals(semanticModel.GetSymbolInfo(name, context.CancellationToken).Symbol, local))
            .All(name => !IsChanged(name.Parent is ElementAccessExpressionSyntax element && element.Expression == name ? element : name));
    }

    private static bool IsChanged(ExpressionSyntax expression) => expression.Parent switch
    {
        AssignmentExpressionSyntax assignment => assignment.Left == expression,
        ArgumentSyntax { Parent: TupleExpressionSyntax { Parent: AssignmentExpressionSyntax assignment } tuple } => assignment.Left == tuple,
        ArgumentSyntax argument => !argument.RefKindKeyword.IsKind(SyntaxKind.None),
        PostfixUnaryExpressionSyntax { RawKind: not (int)SyntaxKind.SuppressNullableWarningExpression } => true,
        PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PreIncrementExpression or (int)SyntaxKind.PreDecrementExpression } => true,
        RefExpressionSyntax => true,
        _ => false,
    };
}
