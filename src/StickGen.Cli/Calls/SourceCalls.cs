using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture;
using StickGen.Kinds;

namespace StickGen.Cli.Calls;

/// <summary>
/// Reads the calls of a <c>forward</c> off the user's syntax, in the order of evaluation, own helpers in place. It shares
/// nothing with the capture but names, so that the two can check each other.
/// </summary>
internal sealed class SourceCalls
{
    private readonly Compilation compilation;
    private readonly KnownTypes known;
    private readonly List<Call> calls = [];
    private readonly HashSet<ISymbol> active = new(SymbolEqualityComparer.Default);
    private SemanticModel model;

    private SourceCalls(Compilation compilation, SyntaxTree tree)
    {
        this.compilation = compilation;
        known = KnownTypes.Of(compilation);
        model = compilation.GetSemanticModel(tree);
    }

    /// <summary>The calls of the <c>forward</c> of a class.</summary>
    public static IReadOnlyList<Call> Of(INamedTypeSymbol type, Compilation compilation)
    {
        var forward = type.GetMembers("forward").OfType<IMethodSymbol>().OrderBy(method => !method.IsOverride).First(method => !method.IsAbstract);
        var syntax = forward.DeclaringSyntaxReferences[0].GetSyntax();
        var reader = new SourceCalls(compilation, syntax.SyntaxTree);
        reader.VisitBody(forward);
        return reader.calls;
    }

    private void VisitBody(ISymbol member)
    {
        if (member.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is not { } syntax || !compilation.ContainsSyntaxTree(syntax.SyntaxTree) || !active.Add(member))
            return;
        var outer = model;
        if (syntax.SyntaxTree != model.SyntaxTree)
            model = compilation.GetSemanticModel(syntax.SyntaxTree);
        Visit(syntax switch
        {
            BaseMethodDeclarationSyntax method => (SyntaxNode?)method.Body ?? method.ExpressionBody,
            LocalFunctionStatementSyntax function => (SyntaxNode?)function.Body ?? function.ExpressionBody,
            PropertyDeclarationSyntax property => (SyntaxNode?)property.ExpressionBody
                ?? property.AccessorList?.Accessors.FirstOrDefault(accessor => accessor.IsKind(SyntaxKind.GetAccessorDeclaration)),
            _ => null,
        });
        model = outer;
        active.Remove(member);
    }

    private void Visit(SyntaxNode? node)
    {
        switch (node)
        {
            case null or LocalFunctionStatementSyntax or TypeSyntax and not NameSyntax or AttributeListSyntax:
                break;
            case InvocationExpressionSyntax call:
                VisitCall(call);
                break;
            case BinaryExpressionSyntax binary:
                VisitChildren(binary);
                AddOperator(binary);
                break;
            case PrefixUnaryExpressionSyntax unary:
                VisitChildren(unary);
                AddOperator(unary);
                break;
            case AssignmentExpressionSyntax { Left: ElementAccessExpressionSyntax { Expression: var whole } part } assignment when known.IsTensor(model.GetTypeInfo(whole).Type):
                VisitSlice(assignment, part);
                break;
            case AssignmentExpressionSyntax assignment:
                VisitChildren(assignment);
                AddOperator(assignment);
                break;
            case ElementAccessExpressionSyntax element:
                VisitChildren(element);
                if (known.IsTensor(model.GetTypeInfo(element.Expression).Type))
                    Add(false, "index", element);
                break;
            case ForStatementSyntax loop:
                Visit(loop.Declaration);
                foreach (var initializer in loop.Initializers)
                    Visit(initializer);
                Visit(loop.Condition);
                Visit(loop.Statement);
                foreach (var incrementor in loop.Incrementors)
                    Visit(incrementor);
                break;
            case SwitchStatementSyntax choice:
                Visit(choice.Expression);
                // As code is emitted: what runs otherwise comes last.
                foreach (var section in choice.Sections.OrderBy(section => section.Labels.Any(label => label is DefaultSwitchLabelSyntax)))
                    VisitChildren(section);
                break;
            case IdentifierNameSyntax or MemberAccessExpressionSyntax:
                VisitChildren(node);
                AddProperty(node);
                break;
            default:
                VisitChildren(node);
                break;
        }
    }

    /// <summary>An assignment to a part of a tensor, which is captured as the operation that puts the part into it.</summary>
    private void VisitSlice(AssignmentExpressionSyntax assignment, ElementAccessExpressionSyntax part)
    {
        if (assignment.IsKind(SyntaxKind.SimpleAssignmentExpression))
        {
            Visit(assignment.Right);
            VisitChildren(part);
        }
        else
        {
            VisitChildren(assignment);
            AddOperator(assignment);
        }

        Add(false, "index_put_", part);
    }

    private void VisitChildren(SyntaxNode node)
    {
        foreach (var child in node.ChildNodes())
            Visit(child);
    }

    private void VisitCall(InvocationExpressionSyntax call)
    {
        if (model.GetSymbolInfo(call).Symbol is not IMethodSymbol method)
        {
            // nameof, and what does not compile.
            if (call.Expression is not IdentifierNameSyntax { Identifier.ValueText: "nameof" })
                VisitChildren(call);
            return;
        }

        if (call.Expression is MemberAccessExpressionSyntax { Expression: var receiver } && !known.IsModule(model.GetTypeInfo(receiver).Type))
            Visit(receiver);
        Visit(call.ArgumentList);

        var declared = method.ReducedFrom ?? method;
        if (declared.Name is "forward" or "call" && known.IsModule(declared.ContainingType) && IsIdentity(call))
            return;
        if (declared.Name is "forward" or "call" && known.IsModule(declared.ContainingType) && !IsOwn(call))
            Add(true, ReceiverName(call), call);
        else if (known.IsTorch(declared) || known.IsLibrary(declared) && NamedOperations.Contains(declared.Name))
        {
            // Buffers and parameters are read, and not computed.
            if (HasTensors(declared.ReturnType) && !ChangesScopeOnly(declared.Name) && declared.Name is not ("get_buffer" or "parameters" or "buffers"))
                Add(false, declared.Name, call);
        }
        else if (HasTensors(declared.ReturnType) || declared.ReturnsVoid)
        {
            VisitBody(declared);
        }
    }

    /// <summary>Whether the module that is called is made there, and hands on what it is given.</summary>
    private static bool IsIdentity(InvocationExpressionSyntax call) => call.Expression is MemberAccessExpressionSyntax
    {
        Expression: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Identity" } or IdentifierNameSyntax { Identifier.ValueText: "Identity" } },
    };

    /// <summary>Whether the module calls itself or its base class, which runs in place as helpers do.</summary>
    private static bool IsOwn(InvocationExpressionSyntax call) =>
        call.Expression is IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax or BaseExpressionSyntax };

    private static bool ChangesScopeOnly(string name) =>
        name is "MoveToOuterDisposeScope" or "DetachFromDisposeScope" or "MoveToOtherDisposeScope" or "MoveToOuter" or "Detach" or "Attach" or "Include";

    private void AddOperator(ExpressionSyntax expression)
    {
        if (model.GetSymbolInfo(expression).Symbol is IMethodSymbol { MethodKind: MethodKind.UserDefinedOperator } method && known.IsTorch(method) && HasTensors(method.ReturnType))
            Add(false, method.Name, expression);
    }

    private void AddProperty(SyntaxNode node)
    {
        if (model.GetSymbolInfo(node).Symbol is not IPropertySymbol { IsIndexer: false } property || node.Parent is MemberAccessExpressionSyntax outer && outer.Name == node)
            return;
        if (!known.IsTorch(property))
            VisitBody(property);
        else if (known.IsTensor(property.Type) && known.IsTensor(property.ContainingType))
            Add(false, property.Name, node);
    }

    private void Add(bool isModule, string? name, SyntaxNode place) =>
        calls.Add(new(isModule, name, place.GetLocation().GetLineSpan().StartLinePosition.Line + 1));

    private bool HasTensors(ITypeSymbol type) => known.IsTensor(type) || known.IsTensorList(type) || known.IsTensorTupleClass(type)
        || (type is INamedTypeSymbol { IsTupleType: true } tuple && tuple.TupleElements.Any(element => HasTensors(element.Type)));

    private string? ReceiverName(InvocationExpressionSyntax call) => call.Expression switch
    {
        MemberAccessExpressionSyntax access => NameOf(access.Expression),
        MemberBindingExpressionSyntax when call.FirstAncestorOrSelf<ConditionalAccessExpressionSyntax>() is { } conditional => NameOf(conditional.Expression),
        _ => null,
    };

    private string? NameOf(ExpressionSyntax expression)
    {
        switch (expression)
        {
            case ParenthesizedExpressionSyntax inner:
                return NameOf(inner.Expression);
            case CastExpressionSyntax cast:
                return NameOf(cast.Expression);
            case PostfixUnaryExpressionSyntax suppression:
                return NameOf(suppression.Operand);
            case ElementAccessExpressionSyntax element:
                return NameOf(element.Expression);
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.AsExpression } conversion:
                return NameOf(conversion.Left);
        }

        return model.GetSymbolInfo(expression).Symbol switch
        {
            IFieldSymbol field => field.Name,
            IPropertySymbol property => NameOfProperty(property),
            _ => null,
        };
    }

    /// <summary>A property that only hands a field on is that field.</summary>
    private static string NameOfProperty(IPropertySymbol property) =>
        property.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is PropertyDeclarationSyntax { ExpressionBody.Expression: IdentifierNameSyntax field }
            ? field.Identifier.ValueText
            : property.Name;
}
