using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <content>What an expression stands for.</content>
internal sealed partial class BodyCapture
{
    private Binding Evaluate(IOperation operation)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        context.CancellationToken.ThrowIfCancellationRequested();
        if (subscripts?.TryGetValue(operation.Syntax, out var subscript) is true)
            return subscript;
        switch (operation)
        {
            case IInvalidOperation:
                return Fail(operation.Syntax, Unsupported.Expression(operation));
            case { ConstantValue: { HasValue: true, Value: null } } or IDefaultValueOperation when context.Known.IsTensor(operation.Type):
                return AddNull();
            case IConversionOperation { OperatorMethod: null, Operand: { ConstantValue.HasValue: false } source } when context.Known.IsTensor(operation.Type) && IsOfUnknownType(source.Type):
                return EvaluateOpaque(operation);
            case IConversionOperation { OperatorMethod: null, Operand: var source, IsImplicit: false } when context.Known.IsTensorList(operation.Type) && !context.Known.IsTensorList(source.Type) && ElementsOf(source) is null:
                return EvaluateExpression(operation);
            case IConversionOperation { OperatorMethod: null, IsImplicit: false } cast when context.Known.IsModule(cast.Type):
                return EvaluateModule(cast);
            case IConversionOperation { OperatorMethod: null } conversion when IsGraphType(conversion.Type) || context.Known.IsTensorTuple(conversion.Type) || context.Known.IsTensorTupleClass(conversion.Type) && IsKnownTuple(conversion):
                return Evaluate(conversion.Operand);
            case IParenthesizedOperation parenthesized:
                return Evaluate(parenthesized.Operand);
            case ILocalReferenceOperation { Local: var local }:
                return Variable(local, operation);
            case IParameterReferenceOperation { Parameter: var parameter }:
                return Variable(parameter, operation);
            case ISimpleAssignmentOperation assignment:
                return AssignmentProblem(assignment.Target) is var (rule, problem)
                    ? Fail(rule, assignment.Target.Syntax, problem)
                    : Assign(assignment.Target, Evaluate(assignment.Value));
            case ICompoundAssignmentOperation compound:
                return AssignCompound(compound);
            case ICoalesceAssignmentOperation { Target: ILocalReferenceOperation or IParameterReferenceOperation } coalesce when context.Known.IsTensor(coalesce.Target.Type):
                return Assign(coalesce.Target, EvaluateCoalesce(coalesce, coalesce.Target, coalesce.Value));
            case ICoalesceAssignmentOperation { Target: ILocalReferenceOperation or IParameterReferenceOperation } coalesce when !IsGraphType(coalesce.Target.Type):
                return EvaluateExpression(coalesce.Target) is ExpressionBinding { Expression: var set } && EvaluateExpression(coalesce.Value) is ExpressionBinding { Expression: var otherwise }
                    ? Assign(coalesce.Target, new ExpressionBinding(new CodeBuilder().Code("(").Expression(set).Code(" ?? ").Expression(otherwise).Code(")").ToExpression()))
                    : Binding.Failed;
            case IDeconstructionAssignmentOperation deconstruction:
                return Deconstruct(deconstruction);
            case IConditionalAccessInstanceOperation when context.Known.IsTensor(operation.Type) && context.AccessedTensors.Count > 0:
                return new TensorBinding(context.AccessedTensors.Peek());
            case IConditionalAccessOperation { Operation: var moved, WhenNotNull: IInvocationOperation { Instance: IConditionalAccessInstanceOperation, TargetMethod: var mover } }
                when context.Known.IsTensor(operation.Type) && ChangesScopeOnly(mover):
                return Evaluate(moved);
            case IConditionalAccessOperation { Operation: var accessed } access when context.Known.IsTensor(operation.Type) && context.Known.IsTensor(accessed.Type):
                return EvaluateConditionalAccess(access);
            case IConditionalAccessOperation when context.Known.IsTensor(operation.Type) && IsRead(operation):
                return EvaluateOpaque(operation);
            case IConditionalOperation or ICoalesceOperation or ISwitchExpressionOperation
                when context.Known.IsTensor(operation.Type) || context.Known.IsTensorTuple(operation.Type):
                return EvaluateConditional(operation);
            case IConditionalOperation or ICoalesceOperation or IConditionalAccessOperation or ISwitchExpressionOperation
                when IsGraphType(operation.Type):
                return Fail(operation.Syntax, Unsupported.Expression(operation));
            case ITupleOperation tuple when context.Known.IsTensorTuple(tuple.Type) || tuple.Elements.Any(element => IsGraphType(element.Type)):
                return EvaluateTuple(tuple.Elements);
            case IFieldReferenceOperation { Instance: { } owner } field when context.Known.IsTensorTuple(owner.Type):
                return EvaluateElement(owner, field);
            case IObjectCreationOperation { Arguments: var items } when context.Known.IsTensorTupleClass(operation.Type):
                return EvaluateTuple(items.Select(item => item.Value));
            case IInvocationOperation { TargetMethod: { Name: "Create", ContainingType.Name: "Tuple" }, Arguments: var items } when context.Known.IsTensorTupleClass(operation.Type):
                return EvaluateTuple(items.Select(item => item.Value));
            case IPropertyReferenceOperation { Instance: { } owner, Property.Name: var item } when context.Known.IsTensorTupleClass(owner.Type) && IndexOfItem(item) is { } index && IsKnownTuple(owner):
                return Elements(Evaluate(owner), owner) is { } parts && index < parts.Count ? parts[index] : Binding.Failed;
        }

        if (context.Known.IsModule(operation.Type))
            return EvaluateModule(operation);
        if (context.Known.DisposeScope is { } scope && SymbolEqualityComparer.Default.Equals(operation.Type, scope))
            return Binding.None;
        if (context.Known.IsTensorList(operation.Type) && EvaluateList(operation) is { } list)
            return list;
        if (context.Known.IsTensor(operation.Type) && ElementOfList(operation) is { } element)
            return element;
        return operation switch
        {
            IInvocationOperation call => EvaluateCall(call),
            IBinaryOperation { OperatorMethod: { } method } binary when context.Known.IsTensor(binary.Type) =>
                EvaluateOperator(binary, method, [binary.LeftOperand, binary.RightOperand]),
            IUnaryOperation { OperatorMethod: { } method } unary when context.Known.IsTensor(unary.Type) =>
                EvaluateOperator(unary, method, [unary.Operand]),
            IPropertyReferenceOperation { Instance: { } owner, Property.IsIndexer: true } access
                when context.Known.IsTensor(owner.Type) && context.Known.IsTensor(access.Type) => EvaluateSubscripts(access),
            IPropertyReferenceOperation { Instance: { } owner } property
                when context.Known.IsTensor(owner.Type) && context.Known.IsTensor(property.Type) => EvaluateProperty(property),
            _ when context.Known.IsTensor(operation.Type) => EvaluateOpaque(operation),
            _ => EvaluateExpression(operation),
        };
    }

    /// <summary>A statement that is an expression.</summary>
    private void Execute(IOperation operation)
    {
        if (operation is IInvocationOperation call)
        {
            if (IsListAdd(call, out var list, out var item))
            {
                if (Evaluate(item) is TensorBinding tensor)
                    list.Values.Add(tensor.Value);
                return;
            }

            if (TryAddRange(call) || TryChangeList(call))
                return;
            if (call.Instance is { } container && context.Known.IsTensorList(container.Type) && EvaluatesToList(container))
            {
                // Kept as code it would change a copy.
                Fail(call.Syntax, $"it is not known which tensors '{OneLine.Of(container.Syntax)}' holds after it");
                return;
            }

            var receiver = call.Instance?.Type ?? call.Arguments.FirstOrDefault()?.Value.Type;
            if (context.Known.IsTorch(call.TargetMethod) && KnownCalls.DisposesOnly(call.TargetMethod.Name)
                && !context.Known.IsModule(receiver))
            {
                return;
            }
        }

        if (operation is IIncrementOrDecrementOperation { Target: ILocalReferenceOperation { Local: var counter } } change
            && change is { OperatorMethod: null, IsLifted: false })
        {
            Count(counter, CapturedExpression.Of(CodePart.Code(change.Kind == OperationKind.Increment ? " + 1" : " - 1")), change.Syntax);
            return;
        }

        if (operation is IIncrementOrDecrementOperation { Target: IMemberReferenceOperation } step && AssignmentProblem(step.Target) is var (rule, problem))
        {
            Fail(rule, step.Target.Syntax, problem);
            return;
        }

        if (operation is IInvocationOperation helper && ReachesModules(helper))
            Fail(helper.Syntax, $"'{helper.TargetMethod.Name}' may change modules or parameters of the class, of which a variant has its own");
        else if (operation is IInvocationOperation given && !context.Known.IsTorch(given.TargetMethod) && given.Arguments.Any(argument => IsOfGraph(argument.Value.Type)) && !IsInlined(given) && given.TargetMethod.ReturnsVoid)
            Fail(given.Syntax, $"it is not known what '{given.TargetMethod.Name}' does with the tensors that it is given");
        else if (Evaluate(operation) is ExpressionBinding { Expression: var code } && operation is IInvocationOperation && !(code.Forward.Count == 1 && code.Forward[0].Kind == CodePartKind.Local))
            graph.AddCode(code);
    }

    /// <summary>A local that counts.</summary>
    private Binding Count(ILocalSymbol counter, CapturedExpression by, SyntaxNode syntax)
    {
        if (counter.Type.SpecialType is not (SpecialType.System_Int32 or SpecialType.System_Int64)
            || !context.Bindings.TryGetValue(counter, out var binding) || binding is not ExpressionBinding { Expression: { IsDimension: false } current })
        {
            return Fail(syntax, $"'{OneLine.Of(syntax)}' is not understood");
        }

        Reassign(counter, new ExpressionBinding(new CodeBuilder().Expression(current).Expression(by).ToExpression()), syntax);
        return Binding.None;
    }

    private Binding Variable(ISymbol variable, IOperation operation)
    {
        if (context.Bindings.TryGetValue(variable, out var binding))
            return binding is UnknownBinding unknown ? Fail(operation.Syntax, unknown) : binding;
        if (context.Known.IsModule(operation.Type))
        {
            return Fail(operation.Syntax, variable.ContainingSymbol is IMethodSymbol { MethodKind: MethodKind.Constructor }
                ? $"the module '{variable.Name}' is a constructor parameter; keep it in a field, which TorchSharp registers"
                : $"it is not known which module '{variable.Name}' is");
        }

        return context.Known.IsTensor(operation.Type) || context.Known.IsTensorList(operation.Type)
            ? Fail(operation.Syntax, $"it is not known what '{variable.Name}' holds")
            : EvaluateExpression(operation);
    }

    private Binding Assign(IOperation target, Binding value)
    {
        switch (target)
        {
            case IDeclarationExpressionOperation declaration:
                if (declaration.Expression is ILocalReferenceOperation { Local: var declared })
                {
                    Bind(declared, value, target.Syntax);
                    return context.Bindings[declared];
                }

                return Assign(declaration.Expression, value);
            case ILocalReferenceOperation { Local: var local }:
                Reassign(local, value, target.Syntax);
                return context.Bindings[local];
            case IParameterReferenceOperation { Parameter: var parameter }:
                Reassign(parameter, value, target.Syntax);
                return context.Bindings[parameter];
            case IArrayElementReferenceOperation { ArrayReference: ILocalReferenceOperation { Local: var array } } number when IsNumbers(array):
                return AssignNumber(array, number, value);
            case IPropertyReferenceOperation slice when IsSlice(slice):
                return AssignSlice(slice, value);
            case var element when ListAndIndex(element) is var (list, index):
                switch (EvaluateList(list))
                {
                    case RealListBinding real:
                        return AssignElement(element, real, value);
                    case TensorListBinding { Values: var values } when PositionIn(values, index) is { } position && value is TensorBinding tensor:
                        values[position] = tensor.Value;
                        break;
                }

                return value;
            case IMemberReferenceOperation { Instance: { } owner } member when IsForeign(owner):
                return AssignMember(member, value);
            default:
                return value;
        }
    }

    /// <summary>Whether something is an object that is no part of the graph, and that a local or a parameter holds.</summary>
    private bool IsForeign(IOperation owner) =>
        Unconverted(owner) is ILocalReferenceOperation or IParameterReferenceOperation && !IsGraphType(owner.Type) && !context.Known.IsTensorTuple(owner.Type)
        && EvaluateExpression(owner) is ExpressionBinding { Expression.Forward: { Count: 1 } code } && code[0].Kind == CodePartKind.Local;

    /// <summary>A member of an object that is no part of the graph: the emitted <c>forward</c> assigns it, and what is read of the object then depends on it.</summary>
    private Binding AssignMember(IMemberReferenceOperation member, Binding value)
    {
        var values = new List<int>();
        if (Returned(value, values) is not { } code || EvaluateExpression(member.Instance!) is not ExpressionBinding { Expression: var owner })
            return Binding.Failed;
        AddSources(owner, values.Union(SourcesOf(owner)).ToArray());
        graph.AddCode(new CodeBuilder().Expression(owner).Code($".{member.Member.Name} = ").Expression(code).ToExpression());
        return value;
    }

    /// <summary>Whether a local is an array of numbers of the emitted code.</summary>
    private bool IsNumbers(ILocalSymbol local) => local.Type is IArrayTypeSymbol { ElementType.SpecialType: SpecialType.System_Int32 or SpecialType.System_Int64 or SpecialType.System_Single or SpecialType.System_Double or SpecialType.System_Boolean }
        && context.Bindings.TryGetValue(local, out var binding) && binding is ExpressionBinding { Expression.Forward: { Count: 1 } code } && code[0].Kind == CodePartKind.Local;

    /// <summary>An element of an array of numbers is assigned in the emitted <c>forward</c>; the replay does not follow it, and so knows nothing of the array.</summary>
    private Binding AssignNumber(ILocalSymbol array, IArrayElementReferenceOperation element, Binding value)
    {
        if (!context.UnknownVariables.Contains(array))
            return Forget(array, element.Syntax, $"it assigns to '{OneLine.Of(element.Syntax)}'");
        if (value is not ExpressionBinding { Expression: var number } || EvaluateExpression(element) is not ExpressionBinding { Expression: var target })
            return Binding.Failed;
        graph.AddCode(new CodeBuilder().Expression(target).Code(" = ").Expression(number).ToExpression());
        return Binding.None;
    }

    /// <summary>Reports that a variable cannot be followed, so that the capture begins again without knowing what it is in the replay.</summary>
    private Binding Forget(ISymbol variable, SyntaxNode syntax, string reason)
    {
        Failures.Add(new(Descriptors.NotCaptured, syntax, reason, Keepable()) { Variable = variable, Helper = StaticHelper() });
        return Binding.Failed;
    }

    /// <summary>Why nothing can be assigned to a target, if so.</summary>
    private (DiagnosticDescriptor Rule, string Reason)? AssignmentProblem(IOperation target) => target switch
    {
        ILocalReferenceOperation or IDiscardOperation => null,
        IParameterReferenceOperation { Parameter.ContainingSymbol: IMethodSymbol { MethodKind: not MethodKind.Constructor } } => null,
        IDeclarationExpressionOperation declaration => AssignmentProblem(declaration.Expression),
        var element when ListAndIndex(element) is var (list, index)
            && EvaluateList(list) is var known && (known is RealListBinding || (known is TensorListBinding { Values: var values } && PositionIn(values, index) is not null)) => null,
        IArrayElementReferenceOperation { ArrayReference: ILocalReferenceOperation { Local: var array } } when IsNumbers(array) => null,
        var slice when IsSlice(slice) => null,
        IMemberReferenceOperation { Instance: { } owner } when IsForeign(owner) => null,
        IMemberReferenceOperation { Member: var member } when context.IsOwnMember(member) =>
            (Descriptors.FieldWritten, $"it writes '{member.Name}', a member of the module"),
        IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } tensor } when context.Known.IsTensor(tensor.Type) =>
            (Descriptors.SliceAssignment, SliceReason(target.Syntax)),
        _ => (Descriptors.NotCaptured, $"it assigns to '{OneLine.Of(target.Syntax)}'"),
    };

    private Binding AssignCompound(ICompoundAssignmentOperation compound)
    {
        if (AssignmentProblem(compound.Target) is var (rule, problem))
            return Fail(rule, compound.Target.Syntax, problem);
        if (IsArithmeticOnNumbers(compound))
            return AssignNumber(compound);
        if (!context.Known.IsTensor(compound.Type) || compound.OperatorMethod is not { } method)
            return Fail(compound.Syntax, $"'{OneLine.Of(compound.Syntax)}' is not understood");
        if (compound.Target is IPropertyReferenceOperation slice && IsSlice(slice))
            return AssignSliceCompound(compound, slice, method);
        var result = EvaluateOperator(compound, method, [compound.Target, compound.Value]);
        return Assign(compound.Target, result);
    }

    private static bool IsArithmeticOnNumbers(ICompoundAssignmentOperation compound) =>
        compound is
        {
            OperatorMethod: null,
            Type.SpecialType: SpecialType.System_Int32 or SpecialType.System_Int64 or SpecialType.System_Single or SpecialType.System_Double,
            OperatorKind: BinaryOperatorKind.Add or BinaryOperatorKind.Subtract or BinaryOperatorKind.Multiply or BinaryOperatorKind.Divide or BinaryOperatorKind.Remainder,
        };

    /// <summary><c>n += 1</c> is <c>n = n + 1</c>.</summary>
    private Binding AssignNumber(ICompoundAssignmentOperation compound)
    {
        if (Evaluate(compound.Target) is not ExpressionBinding { Expression: var left } || Evaluate(compound.Value) is not ExpressionBinding { Expression: var right })
            return Binding.Failed;
        var symbol = ((AssignmentExpressionSyntax)compound.Syntax).OperatorToken.Text.TrimEnd('=');
        var code = new CodeBuilder().Expression(left).Code($" {symbol} (").Expression(right).Code(")");
        var isWhole = compound.Type!.SpecialType is SpecialType.System_Int32 or SpecialType.System_Int64;
        if (code.IsDimension && !isWhole)
            code.NotReplayable();
        else if (code.IsDimension && symbol is not ("*" or "/"))
            code.ReplayAs(ExpressionWriter.UnknownDimension);
        return Assign(compound.Target, new ExpressionBinding(code.ToExpression()));
    }

    private Binding Deconstruct(IDeconstructionAssignmentOperation deconstruction)
    {
        var target = deconstruction.Target is IDeclarationExpressionOperation declaration ? declaration.Expression : deconstruction.Target;
        var source = deconstruction.Value is IConversionOperation conversion ? conversion.Operand : deconstruction.Value;
        if (target is not ITupleOperation targets)
            return Fail(deconstruction.Syntax, Unsupported.Expression(deconstruction));
        if (targets.Elements.Select(AssignmentProblem).FirstOrDefault(problem => problem is not null) is var (rule, reason))
            return Fail(rule, target.Syntax, reason);
        if (source is ITupleOperation sources && targets.Elements.Length == sources.Elements.Length)
        {
            // All is read before anything is written: (a, b) = (b, a).
            var values = sources.Elements.Select(Evaluate).ToArray();
            for (var i = 0; i < values.Length; i++)
                Assign(targets.Elements[i], values[i]);
            return Binding.None;
        }

        if (ElementsByIndex(deconstruction, source, targets.Elements.Length) is { } indexed)
        {
            for (var i = 0; i < indexed.Count; i++)
                Assign(targets.Elements[i], indexed[i]);
            return Binding.None;
        }

        if (ElementsByName(source) is { } names && names.Length == targets.Elements.Length)
        {
            if (Evaluate(source) is not ExpressionBinding { Expression: var whole })
                return Binding.Failed;
            var held = whole.Forward.Count == 1 ? whole : graph.AddLocal("items", "var", whole.IsDimension ? whole.WithoutReplay() : whole);
            for (var i = 0; i < names.Length; i++)
                Assign(targets.Elements[i], new ExpressionBinding(new CodeBuilder().Expression(held).Code("." + names[i]).ToExpression()));
            return Binding.None;
        }

        var isTuple = source.Type is INamedTypeSymbol { IsTupleType: true } || context.Known.IsTensorTupleClass(source.Type);
        if (!isTuple || Elements(Evaluate(source), source) is not { } elements || elements.Count != targets.Elements.Length)
        {
            foreach (var element in targets.Elements)
                Assign(element, Binding.Failed);
            return isTuple ? Binding.Failed : Fail(deconstruction.Syntax, "this deconstruction is not supported yet");
        }

        for (var i = 0; i < elements.Count; i++)
            Assign(targets.Elements[i], elements[i]);
        return Binding.None;
    }

    /// <summary>Anything that is not a tensor or a module.</summary>
    private Binding EvaluateExpression(IOperation operation)
    {
        var values = new Dictionary<SyntaxNode, Binding>();
        return Hoist(operation, values) && Write(operation.Syntax, values) is { } expression
            ? new ExpressionBinding(ReadsOnlySizes(expression) ? expression : expression.WithoutReplay())
            : Binding.Failed;
    }

    /// <summary>Whether all that the replay reads of tensors is there: a symbolic one has sizes, may be null, and is nothing else.</summary>
    private static bool ReadsOnlySizes(CapturedExpression expression)
    {
        var parts = expression.Replay ?? [];
        for (var i = 0; i < parts.Count; i++)
        {
            var next = i + 1 < parts.Count && parts[i + 1].Kind == CodePartKind.Code ? parts[i + 1].Text : "";
            if (parts[i].Kind == CodePartKind.Value && parts.Count > 1 && !(next.StartsWith(".", StringComparison.Ordinal) || next.StartsWith("[", StringComparison.Ordinal) || next.StartsWith(" is ", StringComparison.Ordinal)))
                return false;
        }

        return true;
    }

    private CapturedExpression? Write(SyntaxNode syntax, IReadOnlyDictionary<SyntaxNode, Binding> values, bool isCondition = false)
    {
        var writer = new ExpressionWriter(context, context.SemanticModelOf(syntax.SyntaxTree), values, isCondition);
        var expression = writer.Write(syntax);
        if (writer is { Failure: { } place, Unknown: { } unknown })
            Fail(place.Node, unknown);
        else if (writer.Failure is { } failure)
            Fail(failure.Node, failure.Reason);
        return expression;
    }

    /// <summary>
    /// Captures the tensors that are computed inside of an expression, which is itself kept as code: in
    /// <c>softmax(conv.forward(x) * 2, 1)</c> the product, which becomes a value that the code reads.
    /// </summary>
    /// <param name="operation">The expression.</param>
    /// <param name="values">What is captured, by where it is written.</param>
    /// <param name="only">The one child that is read; by default all are.</param>
    private bool Hoist(IOperation operation, Dictionary<SyntaxNode, Binding> values, IOperation? only = null)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var understood = true;
        foreach (var child in operation.ChildOperations)
        {
            if (only is not null && child != only)
                continue;

            // A lambda runs when it is called; a state of a module is read where it is needed; a default value is not written, and
            // has the syntax of the whole call.
            if (child is IAnonymousFunctionOperation or INameOfOperation or IArgumentOperation { ArgumentKind: ArgumentKind.DefaultValue } or IDiscardOperation or IConditionalAccessInstanceOperation || IsState(child) || IsParameterOfChild(child))
                continue;
            if (child is IArgumentOperation { Parameter.RefKind: RefKind.Out, Value: IDeclarationExpressionOperation declared } && values.ContainsKey(declared.Syntax))
                continue;
            if (child is IArgumentOperation { Parameter.RefKind: RefKind.Out or RefKind.Ref, Value: not IDiscardOperation })
            {
                Fail(child.Syntax, "it assigns inside of an expression");
                return false;
            }

            if (operation is IObjectOrCollectionInitializerOperation && child is ISimpleAssignmentOperation { Value: var assigned })
            {
                understood &= Hoist(child, values, assigned);
                continue;
            }

            // What a helper is asked about a tensor is asked in its place.
            if (child is IInvocationOperation question && IsQuestion(question) && IsInlined(question) && !IsConditional(operation))
            {
                var answer = Evaluate(child);
                values[child.Syntax] = answer is ExpressionBinding { Expression: var asked } ? new ExpressionBinding(new CodeBuilder().Code("(").Expression(asked).Code(")").ToExpression()) : answer;
                understood &= answer is ExpressionBinding;
                continue;
            }

            // So is a call that assigns variables.
            if (child is IInvocationOperation assigning && AssignsVariables(assigning) && !context.Known.IsTensor(child.Type) && !IsConditional(operation))
            {
                var result = EvaluateAssigning(assigning);
                values[child.Syntax] = result;
                understood &= result is ExpressionBinding;
                continue;
            }

            // The module's call is a step of its own, and what it gives is read here.
            if (child is IInvocationOperation call && IsModuleCall(call) && !context.Known.IsTensor(child.Type) && !IsConditional(operation))
            {
                var result = Evaluate(child);
                values[child.Syntax] = result;
                understood &= result is ExpressionBinding or TupleBinding;
                continue;
            }

            if (child is IConversionOperation { OperatorMethod: null, IsImplicit: true } || !context.Known.IsTensor(child.Type))
            {
                understood &= Hoist(child, values);
                continue;
            }

            // A tensor by itself, as in a test for null, is computed already.
            if (IsConditional(operation) && child is not (ILocalReferenceOperation or IParameterReferenceOperation or ILiteralOperation))
            {
                Fail(child.Syntax, "a tensor that is computed on a condition is not supported yet");
                understood = false;
                continue;
            }

            var binding = Evaluate(child);
            values[child.Syntax] = binding;
            if (binding is not TensorBinding && Failures.Count == 0)
                Fail(child.Syntax, "it is not known what this holds");
            understood &= binding is TensorBinding;
        }

        return understood;
    }

    private static bool IsConditional(IOperation operation) =>
        operation is IConditionalOperation or ICoalesceOperation or IConditionalAccessOperation or ISwitchExpressionArmOperation
            or IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.ConditionalOr };

    /// <summary>A parameter or buffer: of this module, or of one in its members.</summary>
    private bool IsState(IOperation operation) =>
        operation is IMemberReferenceOperation { Member: IFieldSymbol or IPropertySymbol, Instance: { } instance }
        && context.Known.IsTensor(operation.Type)
        && (instance is IInstanceReferenceOperation || context.Known.IsModule(instance.Type));

    /// <summary>Whether a parameter is looked up in a module of the class, as for its type: <c>blocks[0].parameters().First().dtype</c>.</summary>
    private bool IsParameterOfChild(IOperation operation) =>
        operation is IInvocationOperation { TargetMethod: { Name: "First" or "Last", ContainingType.Name: "Enumerable" }, Arguments: { Length: 1 } arguments }
        && Unconverted(arguments[0].Value) is IInvocationOperation { TargetMethod: { Name: "parameters" or "buffers" } method, Instance: { } owner }
        && context.Known.IsTorch(method) && owner is not IInstanceReferenceOperation && IsFoundInOwn(owner);

    /// <summary>Whether a value may be anything, so that a cast says that it is a tensor.</summary>
    private static bool IsOfUnknownType(ITypeSymbol? type) => type is { SpecialType: SpecialType.System_Object } or { TypeKind: TypeKind.Dynamic or TypeKind.Interface or TypeKind.TypeParameter };

    private bool IsOfGraph(ITypeSymbol? type) => context.Known.IsTensor(type) || context.Known.IsTensorList(type) || context.Known.IsTensorTuple(type);

    private bool IsGraphType(ITypeSymbol? type) =>
        context.Known.IsTensor(type) || context.Known.IsModule(type) || context.Known.IsTensorList(type);
}
