using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace StickGen.Capture.Forward;

/// <content>Own helpers, local functions and static helpers in source run as part of the statement that calls them.</content>
internal sealed partial class BodyCapture
{
    private const int MaximalDepth = 16;
    private readonly Stack<ISymbol> inlined = new();

    private bool IsInlined(IInvocationOperation call) =>
        (context.Known.IsTensor(call.Type) || context.Known.IsTensorList(call.Type))
        && (call.TargetMethod is { MethodKind: MethodKind.LocalFunction }
            || call.Instance is IInstanceReferenceOperation
            || (call.TargetMethod.IsStatic && IsStraightLine(Implementation(call.TargetMethod))));

    /// <summary>
    /// Whether a static helper in source can be inlined. One that branches is kept as it is: it cannot reach the modules of this
    /// class, which an own helper can.
    /// </summary>
    private bool IsStraightLine(IMethodSymbol method) =>
        !method.DeclaringSyntaxReferences.IsEmpty
        && !method.DeclaringSyntaxReferences[0].GetSyntax(context.CancellationToken).DescendantNodes().Any(node =>
            node is IfStatementSyntax or CommonForEachStatementSyntax or ForStatementSyntax or WhileStatementSyntax or DoStatementSyntax
                or SwitchStatementSyntax or SwitchExpressionSyntax or ConditionalExpressionSyntax or TryStatementSyntax or ThrowStatementSyntax
                or LockStatementSyntax or YieldStatementSyntax or GotoStatementSyntax);

    private Binding Inline(IInvocationOperation call)
    {
        var method = Implementation(call.TargetMethod);
        if (method.DeclaringSyntaxReferences.IsEmpty)
            return Fail(call.Syntax, $"'{method.Name}' is declared in another assembly, and so cannot be looked into");
        if (method.IsAsync || method.IsIterator || method.Parameters.Any(p => p.RefKind is not (RefKind.None or RefKind.In)))
            return Fail(call.Syntax, $"'{method.Name}' is not a plain method");
        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter is not { } parameter)
                return Fail(call.Syntax, Unsupported.Expression(call));
            var binding = Evaluate(argument.Value);
            if (ReferenceEquals(binding, Binding.Failed))
                return binding;
            Bind(method.Parameters[parameter.Ordinal], binding, argument.Syntax);
        }

        return InlineBody(method, call.Syntax);
    }

    /// <summary>A property that is an expression over others: <c>Conv2d Stem => conv1;</c>.</summary>
    private Binding InlineProperty(IPropertyReferenceOperation property) =>
        property.Property.GetMethod is { DeclaringSyntaxReferences.IsEmpty: false } getter
            ? InlineBody(getter, property.Syntax)
            : Fail(property.Syntax, $"it is not known which module '{property.Property.Name}' is");

    private Binding InlineBody(IMethodSymbol method, SyntaxNode caller)
    {
        if (inlined.Count >= MaximalDepth || inlined.Contains(method, SymbolEqualityComparer.Default))
            return Fail(caller, $"'{method.Name}' calls itself");
        var declaration = method.DeclaringSyntaxReferences[0].GetSyntax(context.CancellationToken);
        var body = context.Compilation.GetSemanticModel(declaration.SyntaxTree).GetOperation(declaration, context.CancellationToken);
        if (body is ILocalFunctionOperation function)
            body = function.Body;
        if (body is null)
            return Fail(caller, $"'{method.Name}' has no body");
        inlined.Push(method);
        var frame = new Frame(this, isInlined: true);
        frame.Run(body);
        inlined.Pop();
        return frame.Result is UnknownBinding { Reason: var reason } ? Fail(caller, reason) : frame.Result ?? Binding.Failed;
    }

    /// <summary>The method that runs: the class's own override of a virtual one, the implementing part of a partial one.</summary>
    private IMethodSymbol Implementation(IMethodSymbol method)
    {
        var definition = (method.ReducedFrom ?? method).OriginalDefinition;
        if (definition.IsVirtual || definition.IsAbstract || definition.IsOverride)
        {
            for (var type = context.Type; type is not null; type = type.BaseType)
            {
                foreach (var candidate in type.GetMembers(definition.Name).OfType<IMethodSymbol>())
                {
                    for (var current = candidate; current is not null; current = current.OverriddenMethod)
                    {
                        if (SymbolEqualityComparer.Default.Equals(current.OriginalDefinition, definition))
                            return candidate.OriginalDefinition;
                    }
                }
            }
        }

        return definition.PartialImplementationPart ?? definition;
    }
}
