using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <content>Conditions, and the expressions that they decide on.</content>
internal sealed partial class BodyCapture
{
    private static readonly CapturedExpression Undecided = CapturedExpression.Of(CodePart.Code("true"));

    private readonly Stack<IOperation> conditionalInstances = new();

    // The helpers that are being looked into, which may call themselves.
    private readonly HashSet<ISymbol> questions = new(SymbolEqualityComparer.Default);

    /// <summary>A condition, which is kept as code. One that cannot be decided on the instance is reported.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="isGuard">Whether it only decides if something is thrown, so that the replay does without it.</param>
    private CapturedExpression Condition(IOperation condition, bool isGuard = false)
    {
        if (!IsDecidedByConfiguration(condition))
            return Undecided;
        BindPatternVariables(condition);
        return Decided(condition.Syntax, WriteCondition(condition, condition.Syntax), isGuard);
    }

    /// <summary>Whether one of the labels of a switch applies.</summary>
    private CapturedExpression CaseCondition(IOperation value, IEnumerable<(SyntaxNode Pattern, SyntaxNode? Guard)> labels)
    {
        if (!IsDecidedByConfiguration(value))
            return Undecided;
        var code = new CodeBuilder();
        var isFirst = true;
        foreach (var (pattern, guard) in labels)
        {
            if (WriteCondition(value, value.Syntax) is not { } tested || WriteCondition(null, pattern) is not { } written)
                return Undecided;
            code.Code(isFirst ? "" : " || ");
            isFirst = false;
            var isSimple = value.Syntax is IdentifierNameSyntax or MemberAccessExpressionSyntax or InvocationExpressionSyntax or ElementAccessExpressionSyntax;
            code.Code(isSimple ? "" : "(").Expression(tested).Code(isSimple ? " is " : ") is ").Expression(written);
            if (guard is null)
                continue;
            if (WriteCondition(null, guard) is not { } holds)
                return Undecided;
            code.Code(" && (").Expression(holds).Code(")");
        }

        return Decided(value.Syntax, code.ToExpression(), isGuard: false);
    }

    private CapturedExpression Decided(SyntaxNode syntax, CapturedExpression? code, bool isGuard)
    {
        if (code is { Replay: null } && !isGuard)
            Fail(syntax, "it branches on something that is not known when the model is compressed");
        return code ?? Undecided;
    }

    private CapturedExpression? WriteCondition(IOperation? operation, SyntaxNode syntax)
    {
        if (operation is IInvocationOperation call && (IsQuestion(call) && IsInlined(call) || AssignsVariables(call)))
            return Evaluate(call) is ExpressionBinding { Expression: var answer } ? answer : null;
        var values = new Dictionary<SyntaxNode, Binding>();
        return operation is null || Hoist(operation, values) ? Write(syntax, values, isCondition: true) : null;
    }

    private bool IsDecidedByConfiguration(IOperation condition, bool isLoop = false)
    {
        var tensors = TensorsReadBy(condition).ToArray();
        if (tensors.All(ReadsNoElement))
            return true;
        Fail(Descriptors.TensorBranch, condition.Syntax, isLoop ? "it loops over the values of a tensor" : "it branches on the values of a tensor");
        return false;
    }

    private IEnumerable<IOperation> TensorsReadBy(IOperation operation)
    {
        // The null that something is tested for has the type of a tensor too.
        if (operation.ConstantValue.HasValue)
            return [];
        if (context.Known.IsTensor(operation.Type) || context.Known.IsTensorList(operation.Type))
            return [operation];
        return operation is INameOfOperation or IArgumentOperation { Parameter.RefKind: RefKind.Out } ? [] : operation.ChildOperations.SelectMany(TensorsReadBy);
    }

    /// <summary>Whether only the shape or the presence of a tensor is asked for, or something else that is not in its elements.</summary>
    private bool ReadsNoElement(IOperation tensor)
    {
        var user = tensor.Parent;
        while (user is IConversionOperation { OperatorMethod: null } or IParenthesizedOperation)
            user = user.Parent;
        if (context.Known.IsTensorList(tensor.Type))
            return user is IPropertyReferenceOperation { Property.Name: "Count" or "Length" } || user is IForEachLoopOperation;
        return user switch
        {
            IArgumentOperation { Parent: IInvocationOperation call } => IsQuestion(call),
            IPropertyReferenceOperation { Property.IsIndexer: false } => true,
            IInvocationOperation { TargetMethod.Name: "size" or "dim" or "numel" } => true,
            IIsPatternOperation pattern => TestsForNull(pattern.Pattern),
            _ => false,
        };
    }

    /// <summary>Whether a helper in source only asks for the presence or the shape of tensors: <c>static bool IsNull(Tensor x) => x is null;</c>.</summary>
    private bool IsQuestion(IInvocationOperation call)
    {
        if (call.TargetMethod is not { IsStatic: true, ReturnType.SpecialType: SpecialType.System_Boolean } || inlined.Count >= MaximalDepth)
            return false;
        var method = Implementation(call.TargetMethod);
        if (context.NotInlined.Contains(method) || context.DeclarationOf(method) is not { } helper || !questions.Add(method))
            return false;
        var isOne = AnswerOf(helper) is { } answer && TensorsReadBy(answer).All(ReadsNoElement);
        questions.Remove(method);
        return isOne;
    }

    private IOperation? AnswerOf(SyntaxNode helper)
    {
        var value = helper switch
        {
            MethodDeclarationSyntax { ExpressionBody.Expression: var expression } => expression,
            MethodDeclarationSyntax { Body.Statements: { Count: 1 } statements } when statements[0] is ReturnStatementSyntax { Expression: { } expression } => expression,
            _ => null,
        };
        return value is null ? null : context.SemanticModelOf(helper.SyntaxTree).GetOperation(value, context.CancellationToken);
    }

    private static bool TestsForNull(IPatternOperation pattern) => pattern switch
    {
        INegatedPatternOperation negated => TestsForNull(negated.Pattern),
        IConstantPatternOperation { Value.ConstantValue: { HasValue: true, Value: null } } => true,
        IRecursivePatternOperation { PropertySubpatterns.IsEmpty: true, DeconstructionSubpatterns.IsEmpty: true, DeclaredSymbol: null } => true,
        _ => false,
    };

    /// <summary>In <c>down is { } d</c> the variable is the module, and needs no local.</summary>
    private void BindPatternVariables(IOperation condition)
    {
        foreach (var test in condition.DescendantsAndSelf().OfType<IIsPatternOperation>().Where(test => context.Known.IsModule(test.Value.Type)))
        {
            var (variable, type) = test.Pattern switch
            {
                IRecursivePatternOperation recursive => (recursive.DeclaredSymbol, recursive.MatchedType),
                IDeclarationPatternOperation declaration => (declaration.DeclaredSymbol, declaration.MatchedType),
                _ => (null, null),
            };
            if (variable is not null && type is not null)
            {
                var value = EvaluateModule(test.Value);
                context.Bindings[variable] = value is ModuleBinding module && !SymbolEqualityComparer.Default.Equals(type, test.Value.Type)
                    ? AsType(module, type)
                    : value;
            }
        }
    }

    /// <summary>What a conditional expression gives, of which each branch is a tensor.</summary>
    private Binding EvaluateConditional(IOperation operation)
    {
        var arms = new List<Arm>();
        switch (operation)
        {
            case IConditionalOperation conditional:
                AddArms(conditional, arms, EvaluateArm);
                break;
            case ICoalesceOperation { Value: IConditionalAccessOperation { Operation: var instance, WhenNotNull: var whenNotNull } } coalesce
                when context.Known.IsModule(instance.Type) && WriteCondition(instance, instance.Syntax) is { } module:
                arms.Add(new(new CodeBuilder().Expression(module).Code(" is not null").ToExpression(), () =>
                {
                    conditionalInstances.Push(instance);
                    var outcome = EvaluateArm(whenNotNull);
                    conditionalInstances.Pop();
                    return outcome;
                }));
                arms.Add(new(null, () => EvaluateArm(coalesce.WhenNull)));
                break;
            case ICoalesceOperation { Value: var left, WhenNull: var right } when context.Known.IsTensor(left.Type) && context.Known.IsTensor(operation.Type):
                return EvaluateCoalesce(operation, left, right);
            case ISwitchExpressionOperation choice:
                foreach (var arm in choice.Arms)
                {
                    var syntax = (SwitchExpressionArmSyntax)arm.Syntax;
                    arms.Add(arm is { Pattern: IDiscardPatternOperation, Guard: null }
                        ? new(null, () => EvaluateArm(arm.Value))
                        : new(CaseCondition(choice.Value, [(syntax.Pattern, syntax.WhenClause?.Condition)]), () => EvaluateArm(arm.Value)));
                }

                if (arms.Count > 0 && arms.All(arm => arm.Condition is not null))
                    arms.Add(new(null, () => Throw(CapturedExpression.Of(CodePart.Code("new global::System.Runtime.CompilerServices.SwitchExpressionException()")), choice.Syntax)));
                break;
        }

        // Of conditions that are constants at most one branch is left.
        if (arms.Count == 0)
            return Fail(operation.Syntax, Unsupported.Expression(operation));
        var result = arms[0].Condition is null ? arms[0].Run() : Choose(arms);
        return ResultOf(result, operation);
    }

    /// <summary><c>x?.to(type)</c>, of a tensor: nothing is computed where it is null.</summary>
    private Binding EvaluateConditionalAccess(IConditionalAccessOperation access)
    {
        if (Evaluate(access.Operation) is not TensorBinding { Value: var tensor })
            return Binding.Failed;
        var result = Choose(
        [
            new(IsNotNull(tensor), () =>
            {
                context.AccessedTensors.Push(tensor);
                var outcome = EvaluateArm(access.WhenNotNull);
                context.AccessedTensors.Pop();
                return outcome;
            }),
            new(null, () => new(false, AddNull())),
        ]);
        if (graph.IsNullable(tensor) && result.Result is TensorBinding { Value: var value })
            graph.SetNullable(value);
        return ResultOf(result, access);
    }

    /// <summary>The first of two tensors, or the second where the first is null.</summary>
    private Binding EvaluateCoalesce(IOperation operation, IOperation first, IOperation second)
    {
        if (Evaluate(first) is not TensorBinding { Value: var tensor })
            return Binding.Failed;
        return ResultOf(Choose([new(IsNotNull(tensor), () => new(false, new TensorBinding(tensor))), new(null, () => EvaluateArm(second)) { IsFallback = graph.IsNullable(tensor) }]), operation);
    }

    private Binding ResultOf(Outcome outcome, IOperation operation) => outcome.Result switch
    {
        UnknownBinding { Reason: var reason } => Fail(operation.Syntax, reason),
        null => Fail(operation.Syntax, outcome.Leaves ? "it always throws" : Unsupported.Expression(operation)),
        var binding => binding,
    };

    private static CapturedExpression IsNotNull(int tensor) => new CodeBuilder().Part(CodePart.ValueOf(tensor)).Code(" is not null").ToExpression();

    private Outcome EvaluateArm(IOperation operation)
    {
        while (operation is IConversionOperation { OperatorMethod: null, Operand: IThrowOperation or IConversionOperation } conversion)
            operation = conversion.Operand;
        return operation is IThrowOperation { Exception: { } exception } ? Throw(exception) : new(false, Evaluate(operation));
    }

    /// <summary>The branches of an <c>if</c> or <c>?:</c> and of those that follow its else.</summary>
    private void AddArms(IConditionalOperation conditional, List<Arm> arms, Func<IOperation, Outcome> run)
    {
        for (IOperation? next = conditional; next is not null;)
        {
            if (next is not IConditionalOperation { Condition: var condition, WhenTrue: var whenTrue, WhenFalse: var whenFalse })
            {
                var otherwise = next;
                arms.Add(new(null, () => run(otherwise)));
                return;
            }

            // A constant decides now; the code that it leaves out would be a warning.
            switch (condition.ConstantValue)
            {
                case { HasValue: true, Value: true }:
                    arms.Add(new(null, () => run(whenTrue)));
                    return;
                case { HasValue: true }:
                    break;
                default:
                    arms.Add(new(Condition(condition, IsThrow(whenTrue)), () => run(whenTrue)));
                    break;
            }

            next = whenFalse;
        }
    }

    private static bool IsThrow(IOperation operation) => operation switch
    {
        IBlockOperation { Operations: { Length: 1 } statements } => IsThrow(statements[0]),
        _ => operation is IThrowOperation,
    };

    private Outcome Throw(IOperation exception)
    {
        while (exception is IConversionOperation { IsImplicit: true } conversion)
            exception = conversion.Operand;
        var values = new Dictionary<SyntaxNode, Binding>();
        return Hoist(exception, values) && Write(exception.Syntax, values) is { } code ? Throw(code, exception.Syntax) : new(true, null);
    }

    private Outcome Throw(CapturedExpression exception, SyntaxNode syntax)
    {
        graph.AddThrow(exception, OneLine.Of(syntax));
        return new(true, null);
    }
}
