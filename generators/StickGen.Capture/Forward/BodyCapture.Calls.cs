using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;
using StickGen.Kinds;

namespace StickGen.Capture.Forward;

/// <content>Functions, tensor methods and operators.</content>
internal sealed partial class BodyCapture
{
    private Binding EvaluateCall(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (PatternKind?.Invoke(call) is { } patternKind)
            return CapturePatternPart(call, patternKind);
        if (method.Name is "forward" or "call" && context.Known.IsModule(call.Instance?.Type))
            return CallModule(call);
        if (ChangesScopeOnly(method) && context.Known.IsTensor(call.Type))
            return Evaluate(context.Known.IsTensor(call.Instance?.Type) ? call.Instance! : call.Arguments[0].Value);
        if (context.Known.IsTensor(call.Type) && KnownKind(call) is { } kind)
            return CaptureKnown(call, kind);
        if (call is { Instance: IInstanceReferenceOperation, TargetMethod.Name: "get_buffer", Arguments: { Length: 1 } names } && names[0].Value.ConstantValue is { HasValue: true, Value: string key } && context.Known.IsTorch(method))
            return AddBuffer(call, key);
        if (context.Known.IsTensor(call.Type) && EvaluateAggregate(call) is { } aggregate)
            return aggregate;
        if (IsInlined(call))
            return Inline(call);
        if (AssignsVariables(call) && !context.Known.IsTensor(call.Type) && !context.Known.IsTensorTuple(call.Type))
            return EvaluateAssigning(call);
        return context.Known.IsTensor(call.Type) ? EvaluateOpaque(call)
            : context.Known.IsTensorTuple(call.Type) ? EvaluateOpaqueTuple(call)
            : EvaluateExpression(call);
    }

    /// <summary>Whether a method hands its tensor through, and only changes who disposes it.</summary>
    private bool ChangesScopeOnly(IMethodSymbol method) => context.Known.IsTorch(method) && KnownCalls.ChangesScopeOnly(method.Name);

    /// <summary>A node that stands for alternatives or the like; its operands are all tensors that the call is given.</summary>
    private Binding CapturePatternPart(IInvocationOperation call, string kind)
    {
        var operands = new List<int>();
        foreach (var argument in call.Arguments.SelectMany(argument => context.Known.IsTensor(argument.Parameter?.Type) ? [argument.Value] : ElementsOf(argument.Value) ?? []))
        {
            if (Evaluate(argument) is not TensorBinding tensor)
                return Binding.Failed;
            operands.Add(tensor.Value);
        }

        return new TensorBinding(graph.AddNode(kind, null, operands, [], CapturedExpression.Of(CodePart.Code(kind)), kind, OneLine.Of(call.Syntax)));
    }

    private Binding EvaluateOperator(IOperation operation, IMethodSymbol method, IOperation[] operands)
    {
        var tensors = operands.Count(operand => context.Known.IsTensor(Unconverted(operand).Type));
        var kind = KnownCalls.Find(method, context.Known).FirstOrDefault(kind =>
            tensors >= kind.Operands && tensors <= kind.Operands + kind.OptionalOperands && (tensors == operands.Length || kind.TakesNumber));
        if (kind is null)
            return EvaluateOpaque(operation);
        var (values, arguments) = (new List<int>(), new List<CapturedArgument>());
        var code = new CodeBuilder();
        for (var i = 0; i < operands.Length; i++)
        {
            if (i == operands.Length - 1)
                code.Code(Operator(method.Name, operands.Length));
            if (!context.Known.IsTensor(Unconverted(operands[i]).Type))
            {
                if (EvaluateExpression(operands[i]) is not ExpressionBinding { Expression: var number })
                    return Binding.Failed;
                arguments.AddRange(Number(Unconverted(operands[i]), number, isFirst: i == 0));
                code.Expression(Unconverted(operands[i]).Syntax is LiteralExpressionSyntax or NameSyntax or MemberAccessExpressionSyntax
                    ? number
                    : new CodeBuilder().Code("(").Expression(number).Code(")").ToExpression());
            }
            else if (Evaluate(operands[i]) is TensorBinding tensor)
            {
                values.Add(tensor.Value);
                code.Part(CodePart.ValueOf(tensor.Value));
            }
            else
            {
                return Binding.Failed;
            }
        }

        return new TensorBinding(AddKnown(kind, operation, values, arguments, code.ToExpression()));
    }

    private static string Operator(string name, int operands) => name switch
    {
        "op_Addition" => " + ",
        "op_Subtraction" => " - ",
        "op_Multiply" => " * ",
        "op_Division" => " / ",
        "op_GreaterThan" => " > ",
        "op_LessThan" => " < ",
        "op_GreaterThanOrEqual" => " >= ",
        "op_LessThanOrEqual" => " <= ",
        "op_UnaryNegation" when operands == 1 => "-",
        _ => throw new InvalidOperationException($"'{name}' is not an operator of a known kind."),
    };

    /// <summary>The number that arithmetic is done with. One that is computed from sizes is not known in the replay.</summary>
    private static IEnumerable<CapturedArgument> Number(IOperation operation, CapturedExpression value, bool isFirst)
    {
        yield return new("number", Real(operation, value));
        if (isFirst)
            yield return new("numberFirst", CapturedExpression.Of(CodePart.Code("true")));
    }

    /// <summary>A number as the <c>double</c> that the tracer takes.</summary>
    private static CapturedExpression Real(IOperation operation, CapturedExpression value) =>
        value is { Replay: not null, IsDimension: false } && operation.Type is { SpecialType: >= SpecialType.System_SByte and <= SpecialType.System_Double and not SpecialType.System_Decimal }
            ? value
            : CapturedExpression.Of(CodePart.Code("double.NaN"));

    /// <summary>The kind that a call is of, by its name and its arguments.</summary>
    private NodeKind? KnownKind(IInvocationOperation call) =>
        KnownCalls.Find(call.TargetMethod, context.Known).FirstOrDefault(kind => HasKnownForm(call, kind));

    private Binding CaptureKnown(IInvocationOperation call, NodeKind kind)
    {
        if (Arguments(call, kind) is not var (operands, arguments, code))
            return Binding.Failed;
        if (!IsReplayable(kind, arguments))
            return AddOpaque(call, code);
        var isInPlace = operands.Count > 0
            && (KnownCalls.IsInPlace(call.TargetMethod.Name) || call.Arguments.Any(argument => argument is { Parameter.Name: "inplace", Value.ConstantValue.Value: true }));
        var node = AddKnown(kind, call, operands, arguments, (isInPlace || MayBeInPlace(call)) && operands.Count > 0 && kind.HasKernelOf(operands.Count) ? OnCopies(code, operands[0]) : code);
        if (isInPlace)
        {
            if (kind is { Behavior: KindBehavior.Float } && kind.HasKernelOf(operands.Count))
                CallsOnCopies.Add(call.Syntax);
            Overwrite(operands[0], node, call.Syntax);
        }

        return new TensorBinding(node);
    }

    private int AddKnown(
        NodeKind kind, IOperation operation, IEnumerable<int> operands, IEnumerable<CapturedArgument> arguments, CapturedExpression code, string? label = null)
    {
        var text = OneLine.Of(operation.Syntax);
        var read = operands.ToArray();
        if (!kind.HasKernelOf(read.Length))
            OperationsWithoutKernel.Add((operation.Syntax, text, false));
        var node = graph.AddNode(kind.Name, null, read, arguments, code, label ?? kind.Name, text);
        Places[node] = operation.Syntax;
        return node;
    }

    /// <summary>Whether a call is told by something that only the instance knows whether to write into its tensor.</summary>
    private static bool MayBeInPlace(IInvocationOperation call) => call.Arguments.Any(argument =>
        argument is { Parameter.Name: "inplace", ArgumentKind: not ArgumentKind.DefaultValue, Value.ConstantValue.HasValue: false });

    /// <summary>
    /// The code with copies of a value, which it writes into: a unit is given what the code computes and also, to compute the same with
    /// integers, what it read.
    /// </summary>
    private static CapturedExpression OnCopies(CapturedExpression code, int value) => code with
    {
        Forward = code.Forward
            .SelectMany(part => part.Kind == CodePartKind.Value && part.Value == value ? [part, CodePart.Code(".clone()")] : (CodePart[])[part])
            .ToEquatableArray(),
    };

    /// <summary>Whether the replay can be given all arguments.</summary>
    private static bool IsReplayable(NodeKind kind, List<CapturedArgument> arguments) => arguments.All(argument =>
        argument.Value.Replay is not null
        && (!argument.Value.IsDimension || argument.Parameter is null || kind.Parameters.Values.Any(parameter => parameter.Traced == argument.Parameter && parameter.IsDimension)));

    /// <summary>Captures what a call of a known kind reads: its tensors, its other arguments, and the call as code.</summary>
    private (List<int> Operands, List<CapturedArgument> Arguments, CapturedExpression Code)? Arguments(IInvocationOperation call, NodeKind kind)
    {
        var written = Written(call);
        var values = new Dictionary<SyntaxNode, Binding>();
        var operands = new List<int>();
        if (call.Instance is { } receiver && !AddOperands(receiver, operands, values))
            return null;
        foreach (var argument in written.Where(IsOperand))
        {
            if (!AddOperands(argument.Value, operands, values))
                return null;
        }

        var rest = new List<CapturedArgument>();
        foreach (var argument in written.Where(argument => !IsOperand(argument)))
        {
            if (!AddArguments(argument, kind, rest, values))
                return null;
        }

        return Write(call.Syntax, values) is { } code ? (operands, rest, code) : null;
    }

    /// <summary>The arguments that say something, in the order of the parameters; null is what TorchSharp's parameters are by default.</summary>
    private static IArgumentOperation[] Written(IInvocationOperation call)
    {
        var written = new List<IArgumentOperation>(call.Arguments.Length);
        var isOrdered = true;
        foreach (var argument in call.Arguments)
        {
            if (argument.ArgumentKind == ArgumentKind.DefaultValue || argument.Value.ConstantValue is { HasValue: true, Value: null })
                continue;
            isOrdered &= written.Count == 0 || written[written.Count - 1].Parameter?.Ordinal <= argument.Parameter?.Ordinal;
            written.Add(argument);
        }

        return isOrdered ? written.ToArray() : [.. written.OrderBy(argument => argument.Parameter?.Ordinal)];
    }

    private bool HasKnownForm(IInvocationOperation call, NodeKind kind)
    {
        var written = Written(call);
        var operands = written.Where(IsOperand).ToArray();
        var tensors = operands.Length + (call.Instance is null ? 0 : 1);
        var numbers = kind.TakesNumber ? written.Count(IsNumber) : 0;
        if (!written.All(argument => IsOperand(argument) || (numbers > 0 && IsNumber(argument)) || (argument.Parameter is { RefKind: RefKind.None } parameter && kind.Parameters.ContainsKey(parameter.Name))))
            return false;
        if (kind.TakesList)
            return tensors == 1 && operands.Length == 1 && context.Known.IsTensorList(operands[0].Parameter?.Type) && EvaluatesToList(operands[0].Value);
        return tensors >= kind.Operands && tensors <= kind.Operands + kind.OptionalOperands
            && operands.All(argument => context.Known.IsTensor(argument.Parameter?.Type) && !(kind.OptionalOperands > 0 && MayBeNull(argument.Value)))
            && (!kind.TakesNumber || tensors + numbers == 2);
    }

    /// <summary>Whether an operand is null in some calls or instances, which an optional one may be.</summary>
    private bool MayBeNull(IOperation operand) => IsNullableVariable(operand) ||
        IsState(operand) && operand is IMemberReferenceOperation { Member: IFieldSymbol { NullableAnnotation: NullableAnnotation.Annotated } or IPropertySymbol { NullableAnnotation: NullableAnnotation.Annotated } };

    /// <summary>Whether an argument is the number of an arithmetic function, by the names that TorchSharp's have.</summary>
    private bool IsNumber(IArgumentOperation argument) =>
        !IsOperand(argument) && argument.Parameter?.Name is "left" or "right" or "target" or "scalar" or "exponent";

    private bool IsOperand(IArgumentOperation argument) =>
        context.Known.IsTensor(argument.Parameter?.Type) || context.Known.IsTensorList(argument.Parameter?.Type);

    private bool AddOperands(IOperation operation, List<int> operands, Dictionary<SyntaxNode, Binding> values)
    {
        var binding = context.Known.IsTensor(operation.Type) ? Evaluate(operation) : EvaluateList(operation) ?? Binding.Failed;
        switch (binding)
        {
            case TensorBinding tensor:
                operands.Add(tensor.Value);
                break;
            case TensorListBinding list:
                operands.AddRange(list.Values);
                break;
            case RealListBinding list:
                operands.Add(list.List);
                break;
            default:
                return false;
        }

        values[Unconverted(operation).Syntax] = binding;
        return true;
    }

    private bool AddArguments(
        IArgumentOperation argument, NodeKind kind, List<CapturedArgument> arguments, Dictionary<SyntaxNode, Binding> values)
    {
        var name = argument.Parameter!.Name;
        if (!kind.Parameters.TryGetValue(name, out var parameter))
        {
            if (Argument(argument.Value, values) is not { } number)
                return false;
            arguments.AddRange(Number(Unconverted(argument.Value), number, isFirst: name == "left"));
            return true;
        }

        if (parameter.Traced is null)
            return argument.ArgumentKind == ArgumentKind.ParamArray ? ElementsOf(argument.Value)?.All(element => Argument(element, values) is not null) == true : Hoist(argument.Value, values);

        if (parameter.IsFlag)
        {
            arguments.Add(new(parameter.Traced, CapturedExpression.Of(CodePart.Code("true"))));
            return Hoist(argument.Value, values);
        }

        // The dimensions of a shape are arguments of their own, so that each can be a symbolic one.
        if (parameter.IsVariadic && ElementsOf(argument.Value) is { } elements)
            return elements.All(element => AddArgument(null, element, parameter, arguments, values));
        if (argument.ArgumentKind == ArgumentKind.ParamArray)
            return AddList(parameter, argument.Value, arguments, values);
        if (!AddArgument(parameter.IsVariadic ? null : parameter.Traced, argument.Value, parameter, arguments, values))
            return false;
        if (!parameter.IsVariadic || argument.Parameter.Type.SpecialType is SpecialType.System_Int64 or SpecialType.System_Int32)
            return true;
        var shape = arguments[arguments.Count - 1].Value;
        arguments[arguments.Count - 1] = new(null, new CodeBuilder().Code("[.. ").Expression(shape).Code("]").ToExpression());
        return true;
    }

    private bool AddList(KindParameter parameter, IOperation list, List<CapturedArgument> arguments, Dictionary<SyntaxNode, Binding> values)
    {
        var code = new CodeBuilder().Code("[");
        var isFirst = true;
        foreach (var element in ElementsOf(list) ?? [])
        {
            if (Argument(element, values) is not { } expression)
                return false;
            code.Code(isFirst ? "" : ", ").Expression(expression);
            isFirst = false;
        }

        arguments.Add(new(parameter.Traced, code.Code("]").ToExpression()));
        return true;
    }

    private bool AddArgument(
        string? name, IOperation operation, KindParameter parameter, List<CapturedArgument> arguments, Dictionary<SyntaxNode, Binding> values)
    {
        if (Argument(operation, values) is not { } expression)
            return false;
        var value = Unconverted(operation);
        if (parameter.IsDimension && !parameter.IsVariadic && !expression.IsDimension
            && value.Type is not { SpecialType: SpecialType.System_Int64 or SpecialType.System_Int32 })
        {
            expression = expression with { Replay = new EquatableArray<CodePart>([CodePart.Code(ExpressionWriter.UnknownDimension)]) };
        }
        else if (parameter.IsDimension && expression.Replay is null && value.Type is { SpecialType: SpecialType.System_Int64 or SpecialType.System_Int32 })
        {
            expression = expression with { Replay = new EquatableArray<CodePart>([CodePart.Code(ExpressionWriter.UnknownDimension)]), IsDimension = true };
        }
        else if (!parameter.IsDimension && operation.Type is { Name: "Scalar" } type && context.Known.IsTorch(type))
        {
            expression = Real(value, expression);
        }

        arguments.Add(new(name, expression));
        return true;
    }

    private CapturedExpression? Argument(IOperation operation, Dictionary<SyntaxNode, Binding> values)
    {
        operation = Unconverted(operation);
        return Hoist(operation, values) && Write(operation.Syntax, values) is { } expression
            ? ReadsOnlySizes(expression) ? expression : expression.WithoutReplay()
            : null;
    }

    private static IOperation Unconverted(IOperation operation)
    {
        while (operation is IConversionOperation { IsImplicit: true } conversion)
            operation = conversion.Operand;
        return operation;
    }

    /// <summary>An operation in place: whoever held the old value now sees the new one.</summary>
    private void Overwrite(int old, int value, SyntaxNode syntax)
    {
        if (MayBeShared(old))
            Fail(syntax, "it writes into a tensor that may also be in a list, or in another variable");
        foreach (var pair in context.Bindings.ToArray())
        {
            if (pair.Value is TensorBinding tensor && tensor.Value == old)
                context.Bindings[pair.Key] = new TensorBinding(value);
            for (var i = 0; pair.Value is TensorListBinding { Values: var values } && i < values.Count; i++)
                values[i] = values[i] == old ? value : values[i];
        }
    }
}
