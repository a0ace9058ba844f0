using Microsoft.CodeAnalysis;
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
        return !member.DescendantNodes()
            .SelectMany(node => node is RefExpressionSyntax { Expression: var referred } ? [referred] : Variables.WrittenBy(node))
            .Select(target => target is ElementAccessExpressionSyntax { Expression: var whole } ? whole : target)
            .Any(target => target is IdentifierNameSyntax && SymbolEqualityComparer.Default.Equals(semanticModel.GetSymbolInfo(target, context.CancellationToken).Symbol, local));
    }
}
