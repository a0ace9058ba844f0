using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;

namespace StickGen.Capture.Forward;

/// <content>Own helpers, local functions and static helpers in source run as part of the statement that calls them.</content>
internal sealed partial class BodyCapture
{
    private const int MaximalDepth = 16;

    // A few helpers that each call the next one twice are a great many calls.
    private const int MaximalInlinings = 4096;
    private int inlinings;
    private readonly Stack<ISymbol> inlined = new();

    private bool IsInlined(IInvocationOperation call) =>
        IsQuestion(call) && call.Arguments.Any(argument => context.Known.IsTensor(argument.Parameter?.Type)) || (context.Known.IsTensor(call.Type) || context.Known.IsTensorList(call.Type) || context.Known.IsTensorTuple(call.Type) || context.Known.IsTensorTupleClass(call.Type))
        && FunctionOf(call) is null
        && (call.TargetMethod is { MethodKind: MethodKind.LocalFunction }
            || (call.Instance is IInstanceReferenceOperation && !context.Known.IsTorch(call.TargetMethod))
            || (call.TargetMethod.IsStatic && context.DeclarationOf(Implementation(call.TargetMethod)) is { } helper
                && !context.NotInlined.Contains(Implementation(call.TargetMethod)) && IsReachable(helper)));

    /// <summary>Whether emitted code can say all that a static helper says, such as a private constant of the helper's class.</summary>
    private bool IsReachable(SyntaxNode method)
    {
        var semanticModel = context.SemanticModelOf(method.SyntaxTree);
        return method.DescendantNodes().OfType<SimpleNameSyntax>()
            .All(name => context.WhyUnreachable(semanticModel.GetSymbolInfo(name, context.CancellationToken).Symbol) is null);
    }

    /// <summary>Whether what runs is the method of the base class, whatever overrides it.</summary>
    private static bool IsBaseCall(IInvocationOperation call) => call.Instance?.Syntax is BaseExpressionSyntax;

    /// <summary>Whether an own helper without a result, which would run on the original, names its modules or parameters.</summary>
    private bool ReachesModules(IInvocationOperation call) =>
        call is { Instance: IInstanceReferenceOperation, TargetMethod.ReturnsVoid: true }
        && context.DeclarationOf(Implementation(call.TargetMethod)) is { } helper
        && helper.DescendantNodes().OfType<SimpleNameSyntax>().Any(name =>
            (context.Modules.ContainsKey(name.Identifier.ValueText) || context.States.ContainsKey(name.Identifier.ValueText))
            && context.SemanticModelOf(name.SyntaxTree).GetSymbolInfo(name, context.CancellationToken).Symbol is IFieldSymbol or IPropertySymbol);

    private Binding Inline(IInvocationOperation call)
    {
        var method = IsBaseCall(call) ? call.TargetMethod.OriginalDefinition : Implementation(call.TargetMethod);
        if (context.DeclarationOf(method) is null)
            return Fail(call.Syntax, $"'{method.Name}' is declared in another assembly, and so cannot be looked into");
        if (method.IsAsync || method.IsIterator || method.Parameters.Any(p => p.RefKind is not (RefKind.None or RefKind.In)))
            return Fail(call.Syntax, $"'{method.Name}' is not a plain method");
        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter is not { } parameter)
                return Fail(call.Syntax, Unsupported.Expression(call));
            var binding = argument.ArgumentKind switch
            {
                ArgumentKind.DefaultValue => DefaultOf(argument),
                ArgumentKind.ParamArray or ArgumentKind.ParamCollection when !context.Known.IsTensorList(parameter.Type) => EvaluateParams(argument),
                _ when Unconverted(argument.Value) is ITupleOperation tuple => EvaluateTuple(tuple.Elements),
                _ => Evaluate(argument.Value),
            };
            if (ReferenceEquals(binding, Binding.Failed))
                return binding;
            Bind(method.Parameters[parameter.Ordinal], binding, argument.Syntax);
        }

        return InlineBody(method, call.Syntax);
    }

    /// <summary>The value of an argument that is not written: its operation has the syntax of the whole call.</summary>
    private Binding DefaultOf(IArgumentOperation argument) => context.Known.IsTensor(argument.Parameter!.Type)
        ? AddNull()
        : new ExpressionBinding(CapturedExpression.Of(CodePart.Code(Constants.Code(argument.Value.ConstantValue.Value, argument.Parameter.Type))));

    /// <summary>Arguments that the call gathers into a collection, which is not written either.</summary>
    private Binding EvaluateParams(IArgumentOperation argument)
    {
        if (ElementsOf(argument.Value) is not { } elements)
            return Fail(argument.Syntax, Unsupported.Expression(argument.Value));
        var code = new CodeBuilder().Code("[");
        for (var i = 0; i < elements.Count; i++)
        {
            var element = elements[i];
            while (element is IConversionOperation { IsImplicit: true } conversion)
                element = conversion.Operand;
            if (EvaluateExpression(element) is not ExpressionBinding { Expression: var expression })
                return Binding.Failed;
            code.Code(i == 0 ? "" : ", ").Expression(expression);
        }

        code.Code("]");
        code.DropDimension();
        return new ExpressionBinding(code.ToExpression());
    }

    /// <summary>A property that is an expression over others: <c>Conv2d Stem => conv1;</c>.</summary>
    private Binding InlineProperty(IPropertyReferenceOperation property) =>
        property.Property.GetMethod is { } getter && context.DeclarationOf(getter) is not null
            ? InlineBody(getter, property.Syntax)
            : Fail(property.Syntax, $"it is not known which module '{property.Property.Name}' is");

    private Binding InlineBody(IMethodSymbol method, SyntaxNode caller)
    {
        if (inlined.Count >= MaximalDepth || inlined.Contains(method, SymbolEqualityComparer.Default))
            return Fail(caller, $"'{method.Name}' calls itself");
        if (++inlinings > MaximalInlinings)
            return Fail(caller, "its helpers call each other too many times");
        var declaration = context.DeclarationOf(method)!;
        var body = context.SemanticModelOf(declaration.SyntaxTree).GetOperation(declaration, context.CancellationToken);
        if (body is ILocalFunctionOperation function)
            body = function.Body;
        if (body is null)
            return Fail(caller, $"'{method.Name}' has no body");
        inlined.Push(method);
        var frame = new Frame(this, isInlined: true);
        frame.Run(body);
        if (frame.Result is null && Failures.Count == 0)
            Fail(caller, $"it is not known what '{method.Name}' returns");
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
