using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Forward;

namespace StickGen.Capture.Advice;

/// <summary>What can be told of a <c>forward</c> from its code alone, whether it can be captured or not.</summary>
internal static class ForwardAdvice
{
    public static void Add(CaptureContext context, IMethodSymbol forward)
    {
        if (context.DeclarationOf(forward) is not { } syntax || context.SemanticModelOf(syntax.SyntaxTree).GetOperation(syntax, context.CancellationToken) is not { } body)
            return;
        foreach (var operation in body.Descendants())
        {
            if (IsNumberOfTensor(operation, context) && !IsForItsEffect(operation))
                context.Problems.Add(Descriptors.ItemInForward, operation.Syntax.GetLocation(), context.Type.Name, OneLine.Of(operation.Syntax));
            if (operation is IReturnOperation { ReturnedValue: { } returned } result && ScopesAround(result, context).Any())
                Returned(returned, body, context);
        }
    }

    /// <summary>Whether it reads the value of a tensor's one element.</summary>
    private static bool IsNumberOfTensor(IOperation operation, CaptureContext context) => operation switch
    {
        IInvocationOperation { TargetMethod: { Name: "item" or "ToSingle" or "ToDouble" or "ToInt32" or "ToInt64" or "ToInt16" or "ToByte" or "ToBoolean" } method } call =>
            context.Known.IsTorch(method) && context.Known.IsTensor((call.Instance ?? call.Arguments.FirstOrDefault()?.Value)?.Type),
        IConversionOperation { OperatorMethod: { } conversion, Operand.Type: var source } =>
            context.Known.IsTorch(conversion) && context.Known.IsTensor(source) && conversion.ReturnType.SpecialType is >= SpecialType.System_Boolean and <= SpecialType.System_Double,
        _ => false,
    };

    /// <summary>Whether a value is only printed, logged or put into the message of an exception.</summary>
    private static bool IsForItsEffect(IOperation operation)
    {
        for (var outer = operation.Parent; outer is not null; outer = outer.Parent)
        {
            if (outer is IThrowOperation or IExpressionStatementOperation { Operation: IInvocationOperation { TargetMethod.ReturnsVoid: true } })
                return true;
            if (outer is IBlockOperation)
                return false;
        }

        return false;
    }

    /// <summary>The dispose scopes that end when the method returns from here.</summary>
    private static IEnumerable<IOperation> ScopesAround(IOperation operation, CaptureContext context)
    {
        for (IOperation inner = operation, outer = operation.Parent!; outer is not null; inner = outer, outer = outer.Parent!)
        {
            if (outer is IAnonymousFunctionOperation or ILocalFunctionOperation)
                yield break;
            if (outer is IUsingOperation { Resources: var resources, Body: var body } && inner == body && IsScope(resources, context))
                yield return outer;
            foreach (var declared in outer is IBlockOperation block ? block.Operations.TakeWhile(statement => statement != inner).OfType<IUsingDeclarationOperation>() : [])
            {
                if (IsScope(declared.DeclarationGroup, context))
                    yield return declared;
            }
        }
    }

    private static bool IsScope(IOperation resources, CaptureContext context)
    {
        return resources is IVariableDeclarationGroupOperation group
            ? group.Declarations.SelectMany(declaration => declaration.Declarators).Any(declarator => Is(declarator.Symbol.Type))
            : Is(resources.Type);

        bool Is(ITypeSymbol? type) => context.Known.DisposeScope is { } scope && SymbolEqualityComparer.Default.Equals(type, scope);
    }

    private static void Returned(IOperation value, IOperation body, CaptureContext context)
    {
        value = WithoutConversions(value);
        if (value is ITupleOperation tuple)
        {
            foreach (var element in tuple.Elements)
                Returned(element, body, context);
        }
        else if (context.Known.IsTensor(value.Type) && !value.ConstantValue.HasValue && !IsMovedOut(value, body, context))
        {
            context.Problems.Add(Descriptors.ScopedResult, value.Syntax.GetLocation(), context.Type.Name, OneLine.Of(value.Syntax));
        }
    }

    /// <summary>Whether a value is moved out of its scope where it is returned, or before; or was never in it.</summary>
    private static bool IsMovedOut(IOperation value, IOperation body, CaptureContext context)
    {
        if (value is IThrowOperation or IDefaultValueOperation or IInvalidOperation || value.DescendantsAndSelf().Any(IsMove))
            return true;
        var variable = value switch
        {
            ILocalReferenceOperation { Local: var local } => (ISymbol)local,
            IParameterReferenceOperation { Parameter: var parameter } => parameter,
            _ => null,
        };
        if (variable is null)
            return value is IMemberReferenceOperation { Instance: IInstanceReferenceOperation };
        if (variable is IParameterSymbol && !body.Descendants().OfType<IAssignmentOperation>().Any(assignment => Is(assignment.Target, variable)))
            return true;
        return body.Descendants().OfType<IInvocationOperation>().Where(IsMove).Any(move =>
            (move.Instance is { } instance && Is(instance, variable)) || move.Arguments.SelectMany(argument => argument.Descendants()).Any(argument => Is(argument, variable)))
            || body.Descendants().OfType<ISimpleAssignmentOperation>().Any(assignment => Is(assignment.Target, variable) && WithoutConversions(assignment.Value) is IInvocationOperation move && IsMove(move))
            || body.Descendants().OfType<IVariableDeclaratorOperation>().Any(declarator =>
                SymbolEqualityComparer.Default.Equals(declarator.Symbol, variable) && declarator.GetVariableInitializer()?.Value is { } initial && WithoutConversions(initial) is IInvocationOperation move && IsMove(move));
    }

    private static bool IsMove(IOperation operation) => operation is IInvocationOperation { TargetMethod.Name: var name } && KnownCalls.ChangesScopeOnly(name);

    private static bool Is(IOperation operation, ISymbol variable) => WithoutConversions(operation) switch
    {
        ILocalReferenceOperation { Local: var local } => SymbolEqualityComparer.Default.Equals(local, variable),
        IParameterReferenceOperation { Parameter: var parameter } => SymbolEqualityComparer.Default.Equals(parameter, variable),
        _ => false,
    };

    private static IOperation WithoutConversions(IOperation operation)
    {
        while (true)
        {
            switch (operation)
            {
                case IConversionOperation { OperatorMethod: null } conversion:
                    operation = conversion.Operand;
                    break;
                case IParenthesizedOperation parenthesized:
                    operation = parenthesized.Operand;
                    break;
                default:
                    return operation;
            }
        }
    }
}
