using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <content>Functions, tensor methods and operators.</content>
internal sealed partial class BodyCapture
{
    private Binding EvaluateCall(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (method.Name is "forward" or "call" && context.Known.IsModule(call.Instance?.Type))
            return CallModule(call);
        if (context.Known.IsTorch(method) && KnownCalls.ChangesScopeOnly(method.Name) && context.Known.IsTensor(call.Type))
            return Evaluate(context.Known.IsTensor(call.Instance?.Type) ? call.Instance! : call.Arguments[0].Value);
        if (KnownCalls.Find(method, context.Known) is { } known && TryKnownCall(call, known) is { } binding)
            return binding;
        if (IsInlined(call))
            return Inline(call);
        return context.Known.IsTensor(call.Type) ? EvaluateOpaque(call) : EvaluateExpression(call);
    }

    private Binding EvaluateOperator(IOperation operation, IMethodSymbol method, IOperation[] operands)
    {
        // Only a sum of two tensors is of a known kind.
        if (KnownCalls.Find(method, context.Known) is not { } known || !method.Parameters.All(p => context.Known.IsTensor(p.Type)))
            return EvaluateOpaque(operation);
        var numbers = new List<int>();
        foreach (var operand in operands)
        {
            if (Evaluate(operand) is not TensorBinding tensor)
                return Binding.Failed;
            numbers.Add(tensor.Value);
        }

        var code = new CodeBuilder().Part(CodePart.ValueOf(numbers[0])).Code(" + ").Part(CodePart.ValueOf(numbers[1]));
        return new TensorBinding(graph.AddNode(
            known.Kind, null, numbers, [], code.ToExpression(), known.Kind, OneLine.Of(operation.Syntax)));
    }

    /// <summary>A node of a known kind, or <see langword="null"/> if the call has an argument that the kind does not.</summary>
    private Binding? TryKnownCall(IInvocationOperation call, KnownCall known)
    {
        var arguments = call.Arguments.OrderBy(argument => argument.Parameter?.Ordinal).ToArray();
        if (!HasKnownForm(call, known, arguments))
            return null;

        var values = new Dictionary<SyntaxNode, Binding>();
        var operands = new List<int>();
        if (call.Instance is { } receiver && !AddOperands(receiver, operands, values))
            return Binding.Failed;
        foreach (var argument in arguments.Where(argument => IsOperand(argument)))
        {
            if (!AddOperands(argument.Value, operands, values))
                return Binding.Failed;
        }

        var rest = new List<CapturedArgument>();
        foreach (var argument in arguments.Where(argument => !IsOperand(argument) && argument.ArgumentKind != ArgumentKind.DefaultValue))
        {
            if (!AddArguments(argument, rest, values))
                return Binding.Failed;
        }

        if (Write(call.Syntax, values) is not { } code)
            return Binding.Failed;
        if (rest.Any(argument => argument.Value.Replay is null || (argument.Value.IsDimension && argument.Parameter is not null)))
            return AddOpaque(call, code);

        var node = graph.AddNode(known.Kind, null, operands, rest, code, known.Kind, OneLine.Of(call.Syntax));
        if (known.IsInPlace || arguments.Any(argument => argument is { Parameter.Name: "inplace", Value.ConstantValue.Value: true }))
            Overwrite(operands[0], node, call.Syntax);
        return new TensorBinding(node);
    }

    private bool HasKnownForm(IInvocationOperation call, KnownCall known, IArgumentOperation[] arguments)
    {
        var tensors = (call.Instance is null ? 0 : 1) + arguments.Count(IsOperand);
        var expected = KnownCalls.OperandCount(known.Kind);
        return tensors == (expected < 0 ? 1 : expected)
            && arguments.All(argument => IsOperand(argument)
                || argument.ArgumentKind == ArgumentKind.DefaultValue
                || (argument.Parameter is { RefKind: RefKind.None } parameter && known.Parameters.Contains(parameter.Name, StringComparer.Ordinal)))
            && (expected >= 0 || EvaluatesToList(arguments.First(IsOperand).Value));
    }

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

        while (operation is IConversionOperation { IsImplicit: true } conversion)
            operation = conversion.Operand;
        values[operation.Syntax] = binding;
        return true;
    }

    private bool AddArguments(IArgumentOperation argument, List<CapturedArgument> arguments, Dictionary<SyntaxNode, Binding> values)
    {
        var name = argument.Parameter!.Name == "strides" ? "stride" : argument.Parameter.Name;
        if (name != "shape")
            return AddArgument(name, argument.Value, arguments, values);

        // The dimensions of a shape are arguments of their own, so that each can be a symbolic one.
        if (ElementsOf(argument.Value) is { } elements)
            return elements.All(element => AddArgument(null, element, arguments, values));
        if (!AddArgument(null, argument.Value, arguments, values))
            return false;
        var shape = arguments[arguments.Count - 1].Value;
        arguments[arguments.Count - 1] = new(null, new CodeBuilder().Code("[.. ").Expression(shape).Code("]").ToExpression());
        return true;
    }

    private bool AddArgument(
        string? name, IOperation operation, List<CapturedArgument> arguments, Dictionary<SyntaxNode, Binding> values)
    {
        while (operation is IConversionOperation { IsImplicit: true } conversion)
            operation = conversion.Operand;
        if (!Hoist(operation, values) || Write(operation.Syntax, values) is not { } expression)
            return false;
        arguments.Add(new(name, expression));
        return true;
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
