using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;
using StickGen.Kinds;

namespace StickGen.Capture.Forward;

/// <content>Tuples of tensors, tensors that are null, and what <c>forward</c> returns.</content>
internal sealed partial class BodyCapture
{
    /// <summary>A tensor that is null, which is a value like others: a branch may assign another one.</summary>
    private TensorBinding AddNull()
    {
        var (tensor, symbol) = (CodePart.Code("(global::TorchSharp.torch.Tensor?)null"), CodePart.Code("(global::StickGen.Compression.SymbolicTensor?)null"));
        return new(graph.AddElement(new(new([tensor]), new EquatableArray<CodePart>([symbol]), false)));
    }

    /// <summary>Whether a variable may hold null where it is read, by what the compiler says or, where it says nothing, by the inputs.</summary>
    private bool IsNullableVariable(IOperation operation)
    {
        operation = Unconverted(operation);
        if (operation is IParameterReferenceOperation { Parameter: var parameter } && context.OptionalInputs.Contains(parameter)
            && parameter.NullableAnnotation == NullableAnnotation.None)
        {
            return true;
        }

        return operation is ILocalReferenceOperation or IParameterReferenceOperation
            && context.SemanticModelOf(operation.Syntax.SyntaxTree).GetTypeInfo(operation.Syntax, context.CancellationToken).Nullability.FlowState == NullableFlowState.MaybeNull;
    }

    private Binding EvaluateTuple(ITupleOperation tuple)
    {
        var elements = tuple.Elements.Select(Evaluate).ToArray();
        return elements.Any(element => ReferenceEquals(element, Binding.Failed)) ? Binding.Failed : new TupleBinding(elements.ToEquatableArray());
    }

    /// <summary>An element of a tuple: <c>pair.Item1</c>, <c>pair.hidden</c>.</summary>
    private Binding EvaluateElement(IOperation tuple, IFieldReferenceOperation field)
    {
        var names = ((INamedTypeSymbol)tuple.Type!).TupleElements;
        var name = (field.Field.CorrespondingTupleField ?? field.Field).Name;
        var index = names.Select(element => (element.CorrespondingTupleField ?? element).Name).ToList().IndexOf(name);
        return Elements(Evaluate(tuple), tuple) is { } elements && index >= 0 && index < elements.Count ? elements[index] : Binding.Failed;
    }

    /// <summary>The elements of a tuple, or <see langword="null"/> if it is not known what they are.</summary>
    private IReadOnlyList<Binding>? Elements(Binding binding, IOperation tuple)
    {
        switch (binding)
        {
            case TupleBinding { Elements: var elements }:
                return elements;
            case ExpressionBinding { Expression: var code } when tuple.Type is INamedTypeSymbol { IsTupleType: true } type && !context.Known.IsTensorTuple(type):
                var local = code.Forward.Count == 1 ? code : graph.AddLocal("items", "var", code.IsDimension ? code with { Replay = null, IsDimension = false } : code);
                return [.. type.TupleElements.Select(Binding (_, i) => new ExpressionBinding(Item(local, i)))];
            default:
                if (!ReferenceEquals(binding, Binding.Failed))
                    Fail(tuple.Syntax, "it is not known which tensors are in this tuple");
                return null;
        }
    }

    private static CapturedExpression Item(CapturedExpression tuple, int index) =>
        new CodeBuilder().Expression(tuple).Code(".Item" + (index + 1).ToString(CultureInfo.InvariantCulture)).ToExpression();

    /// <summary>
    /// A call that gives a tuple and is kept as the user wrote it: it is run once, and each of its tensors is an opaque value.
    /// </summary>
    private Binding EvaluateOpaqueTuple(IOperation operation)
    {
        var values = new Dictionary<SyntaxNode, Binding>();
        if (!Hoist(operation, values) || Write(operation.Syntax, values) is not { } code)
            return Binding.Failed;
        var text = OneLine.Of(operation.Syntax);
        var local = graph.AddLocal("results", "var", code with { Replay = null, IsDimension = false });
        OperationsWithoutKernel.Add((operation.Syntax, text, true));
        return new TupleBinding(((INamedTypeSymbol)operation.Type!).TupleElements.Select(Binding (element, i) =>
        {
            var item = Item(local, i);
            return context.Known.IsTensor(element.Type)
                ? new TensorBinding(graph.AddNode(NodeKinds.Opaque, null, code.ForwardValues, [], item, Label(operation), $"{text}.{element.Name}", element.Type.NullableAnnotation == NullableAnnotation.Annotated))
                : new ExpressionBinding(item);
        }).ToEquatableArray());
    }

    /// <summary>
    /// A call of another compressible class with arguments that are no tensors or may be null, or with several results: the
    /// replay hands it all of them by name. What only the instance knows to be such a class takes tensors alone, which need no names.
    /// </summary>
    private Binding? CallCompressible(IInvocationOperation call, ModuleAccess module)
    {
        var called = module.Compressible != CompressibleChild.No && call.Instance!.Type is INamedTypeSymbol type ? ForwardParser.FindForward(type, context.Known)
            : context.Known.IsTorch(call.TargetMethod) && IsGeneric(call.Instance!.Type) && call.TargetMethod.Parameters.All(parameter => context.Known.IsTensor(parameter.Type)) ? call.TargetMethod
            : null;
        if (called is null || called.Parameters.Length != call.TargetMethod.Parameters.Length
            || !(context.Known.IsTensor(call.Type) || context.Known.IsTensorTuple(call.Type)))
        {
            return null;
        }

        var forward = new CodeBuilder().Expression(module.Code).Code($".{call.TargetMethod.Name}(");
        var (inputs, values) = (new CodeBuilder(), new CodeBuilder());
        var isFirst = true;
        foreach (var argument in call.Arguments.OrderBy(argument => argument.Parameter?.Ordinal))
        {
            if (argument.Parameter is not { Ordinal: var ordinal } || argument.ArgumentKind is not (ArgumentKind.Explicit or ArgumentKind.DefaultValue))
                return Fail(call.Syntax, Unsupported.Expression(call));
            var binding = argument.ArgumentKind == ArgumentKind.DefaultValue ? DefaultOf(argument) : Evaluate(argument.Value);
            var isTensor = context.Known.IsTensor(called.Parameters[ordinal].Type);
            if (isTensor ? binding is not TensorBinding : binding is not ExpressionBinding)
                return ReferenceEquals(binding, Binding.Failed) ? binding : Fail(argument.Syntax, "it is not known what this argument holds");
            forward.Code(isFirst ? "" : ", ").Expression(Forwarded(binding));
            isFirst = false;
            if (binding is TensorBinding { Value: var value })
                inputs.Code(inputs.IsEmpty ? "" : ", ").Part(CodePart.ValueOf(value));
            else
                values.Code($", ({SymbolDisplay.FormatLiteral(called.Parameters[ordinal].Name, quote: true)}, ").Expression(Replayed(((ExpressionBinding)binding).Expression)).Code(")");
        }

        var tuple = context.Known.IsTensor(call.Type) ? null : ((INamedTypeSymbol)call.Type!).TupleElements.ToArray();
        var count = tuple?.Count(element => context.Known.IsTensor(element.Type)) ?? 1;
        var replay = new CodeBuilder()
            .Code($"t.Call({(module.IsDynamic ? "" : SymbolDisplay.FormatLiteral(module.Path, quote: true) + ", ")}").Expression(module.Code)
            .Code($", {count.ToString(CultureInfo.InvariantCulture)}, [").Expression(inputs.ToExpression()).Code("]").Expression(values.ToExpression()).Code(")").ToExpression();
        var results = graph.AddLocal("results", "var", new(forward.Code(")").ToExpression().Forward, replay.Replay, false));
        if (tuple is null)
            return new TensorBinding(Result(results, results, 0));
        var next = 0;
        return new TupleBinding(tuple.Select(Binding (element, i) => context.Known.IsTensor(element.Type)
            ? new TensorBinding(Result(results, Item(results, i), next++))
            : new ExpressionBinding(Item(results, i) with { Replay = null })).ToEquatableArray());
    }

    /// <summary>Whether a module is declared as one of TorchSharp's base classes, so that it may be any.</summary>
    private bool IsGeneric(ITypeSymbol? type) => type is INamedTypeSymbol { Name: "Module", TypeArguments.Length: > 0 } && context.Known.IsTorch(type);

    private int Result(CapturedExpression results, CapturedExpression forward, int index) => graph.AddElement(
        new(forward.Forward, new CodeBuilder().Expression(results).Code($"[{index.ToString(CultureInfo.InvariantCulture)}]").ToExpression().Replay, false));

    private static CapturedExpression Forwarded(Binding binding) => binding is TensorBinding { Value: var value }
        ? CapturedExpression.Of(CodePart.ValueOf(value))
        : ((ExpressionBinding)binding).Expression with { Replay = new EquatableArray<CodePart>([]), IsDimension = false };

    /// <summary>What the replay hands on: of what it does not know, that.</summary>
    private static CapturedExpression Replayed(CapturedExpression value) => new(
        new EquatableArray<CodePart>([]), value.Replay ?? new EquatableArray<CodePart>([CodePart.Code("t.Unknown")]), false);

    /// <summary>The end of <c>forward</c>.</summary>
    private void AddReturn(IOperation operation, Binding result)
    {
        var type = operation.Type;
        if (result is TensorBinding { Value: var value } && context.Known.IsTensor(type))
        {
            Returns.Add((value, operation.Syntax));
            graph.AddReturn([value], returnsOneTensor ? null : CapturedExpression.Of(CodePart.ValueOf(value)));
            return;
        }

        // A lambda makes tensors where they cannot be kept from being disposed.
        var values = new List<int>();
        if (operation.DescendantsAndSelf().Any(inner => inner is IAnonymousFunctionOperation) || Returned(result, values) is not { } code)
            Fail(operation.Syntax, "it is not known what it returns");
        else
            graph.AddReturn(values, code);
    }

    private CapturedExpression? Returned(Binding result, List<int> values)
    {
        switch (result)
        {
            case TensorBinding { Value: var value }:
                values.Add(value);
                return CapturedExpression.Of(CodePart.ValueOf(value));
            case TensorListBinding { Values: var items }:
                values.AddRange(items);
                return Joined("[", items.Select(item => CapturedExpression.Of(CodePart.ValueOf(item))), "]");
            case RealListBinding { List: var list }:
                values.Add(list);
                return new CodeBuilder().Code("[.. ").Part(CodePart.ValueOf(list)).Code("]").ToExpression();
            case TupleBinding { Elements: var elements }:
                var codes = elements.Select(element => Returned(element, values)).ToArray();
                return codes.Contains(null) ? null : Joined("(", codes!, ")");
            case ExpressionBinding { Expression: var code }:
                values.AddRange(code.ForwardValues.Except(values).ToArray());
                return code with { Replay = new EquatableArray<CodePart>([]), IsDimension = false };
            default:
                return null;
        }
    }

    private static CapturedExpression Joined(string open, IEnumerable<CapturedExpression> items, string close)
    {
        var code = new CodeBuilder().Code(open);
        var isFirst = true;
        foreach (var item in items)
        {
            code.Code(isFirst ? "" : ", ").Expression(item);
            isFirst = false;
        }

        return code.Code(close).ToExpression();
    }
}
