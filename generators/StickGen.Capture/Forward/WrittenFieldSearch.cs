using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;

namespace StickGen.Capture.Forward;

/// <summary>Finds the fields that <c>forward</c> and the own helpers that it calls write: caches, counters.</summary>
internal sealed class WrittenFieldSearch(CaptureContext context)
{
    private readonly HashSet<SyntaxNode> seen = [];

    public void Visit(SyntaxNode declaration)
    {
        if (!seen.Add(declaration))
            return;
        var semanticModel = context.SemanticModelOf(declaration.SyntaxTree);
        foreach (var node in declaration.DescendantNodes())
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            foreach (var target in Variables.WrittenBy(node))
                Add(target, semanticModel);
            if (node is InvocationExpressionSyntax call)
                VisitCall(call, semanticModel);
        }
    }

    private void VisitCall(InvocationExpressionSyntax call, SemanticModel semanticModel)
    {
        if (call.Expression is MemberAccessExpressionSyntax { Expression: var holder } && call.ArgumentList.Arguments.Any(argument => IsTensor(argument.Expression, semanticModel)))
            AddHolder(holder, semanticModel);
        // By PyTorch's convention a method whose name ends in _ writes into its tensor.
        if (call.Expression is MemberAccessExpressionSyntax { Expression: var receiver, Name.Identifier.ValueText: var name } && KnownCalls.IsInPlace(name))
            Add(receiver, semanticModel);
        if (semanticModel.GetSymbolInfo(call, context.CancellationToken).Symbol is IMethodSymbol { IsStatic: false } method
            && context.IsOwnMember(method) && !context.Known.IsTorch(method) && context.DeclarationOf(method.OriginalDefinition) is { } helper)
        {
            Visit(helper);
        }
    }

    /// <summary>What is handed a tensor may keep it: a list or a cache in a field.</summary>
    private void AddHolder(ExpressionSyntax holder, SemanticModel semanticModel)
    {
        while (holder is ElementAccessExpressionSyntax or ConditionalAccessExpressionSyntax or PostfixUnaryExpressionSyntax)
        {
            holder = holder switch
            {
                ElementAccessExpressionSyntax element => element.Expression,
                ConditionalAccessExpressionSyntax access => access.Expression,
                PostfixUnaryExpressionSyntax unary => unary.Operand,
                _ => holder,
            };
        }

        var member = semanticModel.GetSymbolInfo(holder, context.CancellationToken).Symbol;
        var type = semanticModel.GetTypeInfo(holder, context.CancellationToken).Type;
        context.StoresTensors |= member is IFieldSymbol or IPropertySymbol && !member.IsStatic && context.IsOwnMember(member) && !context.Known.IsTorch(member)
            && !context.Known.IsTensor(type) && !context.Known.IsModule(type);
    }

    private bool IsTensor(ExpressionSyntax expression, SemanticModel semanticModel) =>
        context.Known.IsTensor(semanticModel.GetTypeInfo(expression, context.CancellationToken).Type);

    private void Add(ExpressionSyntax target, SemanticModel semanticModel)
    {
        if (target is ElementAccessExpressionSyntax { Expression: var holder })
            AddHolder(holder, semanticModel);
        // Of a tensor also a part of it: cache[.., 0] = x.
        while (target is ElementAccessExpressionSyntax { Expression: var whole } && context.Known.IsTensor(semanticModel.GetTypeInfo(whole, context.CancellationToken).Type))
            target = whole;
        var member = semanticModel.GetSymbolInfo(target, context.CancellationToken).Symbol;
        if (member is not (IFieldSymbol or IPropertySymbol) || member.IsStatic || !context.IsOwnMember(member) || context.Known.IsTorch(member) || context.Modules.ContainsKey(member.Name)
            || target is MemberAccessExpressionSyntax { Expression: not ThisExpressionSyntax })
        {
            return;
        }

        context.StoresTensors |= semanticModel.GetTypeInfo(target, context.CancellationToken).Type is not ({ SpecialType: not (SpecialType.None or SpecialType.System_Object) } or { TypeKind: TypeKind.Enum });
        if (context.States.ContainsKey(member.Name))
            context.WrittenFields[member.Name] = new(member.Name, "");
        else if (member is IFieldSymbol field && context.WhyUnreachable(field) is null)
            context.WrittenFields[member.Name] = new(member.Name, TypeNames.Of(field.Type));
        else if (member is IPropertySymbol property && context.WhyUnreachable(property) is null && IsAuto(property))
            context.WrittenFields[member.Name] = new(member.Name, TypeNames.Of(property.Type));
    }

    private static bool IsAuto(IPropertySymbol property) =>
        property.ContainingType.GetMembers().OfType<IFieldSymbol>().Any(field => SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, property));
}
