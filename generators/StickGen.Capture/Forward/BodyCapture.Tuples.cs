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

    private Binding EvaluateTuple(IEnumerable<IOperation> items)
    {
        var elements = items.Select(Evaluate).ToArray();
        return elements.Any(element => ReferenceEquals(element, Binding.Failed)) ? Binding.Failed : new TupleBinding(elements.ToEquatableArray());
    }

    /// <summary>Whether a <see cref="Tuple"/> is one that was put together here or in a helper, and not what a module gives.</summary>
    private bool IsKnownTuple(IOperation tuple) => Unconverted(tuple) switch
    {
        ILocalReferenceOperation { Local: var local } => context.Bindings.TryGetValue(local, out var binding) && binding is TupleBinding,
        IInvocationOperation call => IsInlined(call),
        IObjectCreationOperation => true,
        _ => false,
    };

    /// <summary>Which element of a <see cref="Tuple"/> a property is.</summary>
    private static int? IndexOfItem(string property) =>
        property.StartsWith("Item", StringComparison.Ordinal) && int.TryParse(property.Substring("Item".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number - 1 : null;

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
            case ExpressionBinding { Expression: var code } when tuple.Type is INamedTypeSymbol { IsTupleType: true, TupleElements: var types } && types.All(element => !IsOfGraph(element.Type)):
                var local = code.Forward.Count == 1 ? code : graph.AddLocal("items", "var", code.IsDimension ? code.WithoutReplay() : code);
                return [.. types.Select(Binding (element, i) => context.Known.IsModule(element.Type)
                    ? Dynamic(element.Name, element.Type, Item(local, i), MarksOf(code), reachesInto: false)
                    : new ExpressionBinding(Item(local, i)))];
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
    private Binding EvaluateOpaqueTuple(IOperation operation, ModuleAccess? module = null)
    {
        var values = new Dictionary<SyntaxNode, Binding>();
        if (!Hoist(operation, values) || Write(operation.Syntax, values) is not { } code)
            return Binding.Failed;
        var text = OneLine.Of(operation.Syntax);
        var local = graph.AddLocal("results", "var", code.WithoutReplay());
        var (kind, subject) = Describe(operation, module);
        OperationsWithoutKernel.Add((operation.Syntax, text, true));
        var operands = code.ForwardValues.Union(SourcesOf(code)).ToArray();
        AddSources(local, operands);
        var isCalled = false;
        return new TupleBinding(((INamedTypeSymbol)operation.Type!).TupleElements.Select(Binding (element, i) =>
        {
            var item = Item(local, i);
            if (!context.Known.IsTensor(element.Type))
                return new ExpressionBinding(item);

            // What is called, is called once: the first of its tensors stands for the call.
            var isCall = kind == NodeKinds.Opaque || !isCalled;
            isCalled = true;
            return new TensorBinding(graph.AddNode(
                isCall ? kind : NodeKinds.Member, null, operands, isCall ? subject : [Literal($"{Label(operation)}.{element.Name}")], item, Label(operation), $"{text}.{element.Name}",
                element.Type.NullableAnnotation == NullableAnnotation.Annotated));
        }).ToEquatableArray());
    }

    /// <summary>
    /// A call of another compressible class with arguments that are no tensors or may be null, or with several results: the
    /// replay hands it all of them by name. Of what only the instance knows to be such a class, the names are found by the places.
    /// </summary>
    private Binding? CallCompressible(IInvocationOperation call, ModuleAccess module)
    {
        var called = module.Compressible != CompressibleChild.No && call.Instance!.Type is INamedTypeSymbol type ? ForwardParser.FindForward(type, context.Known)
            : context.Known.IsTorch(call.TargetMethod) && IsGeneric(call.Instance!.Type) ? call.TargetMethod
            : null;
        if (called is null || called.Parameters.Length != call.TargetMethod.Parameters.Length
            || !(context.Known.IsTensor(call.Type) || context.Known.IsTensorTuple(call.Type)))
        {
            return null;
        }

        if (ArgumentsOf(call, called, module) is not var (forward, inputs, values))
            return Binding.Failed;
        var tuple = context.Known.IsTensor(call.Type) ? null : ((INamedTypeSymbol)call.Type!).TupleElements.ToArray();
        var count = tuple?.Count(element => context.Known.IsTensor(element.Type)) ?? 1;
        var replayed = ReplayedCall(module, count, inputs, values);
        if (count == 0)
            graph.AddReplayed(replayed);
        var results = graph.AddLocal("results", "var", new(forward.Forward, count == 0 ? null : replayed.Replay, false));
        if (tuple is null)
            return new TensorBinding(Result(results, results, 0));
        var next = 0;
        return new TupleBinding(tuple.Select(Binding (element, i) => context.Known.IsTensor(element.Type)
            ? new TensorBinding(Result(results, Item(results, i), next++))
            : new ExpressionBinding(Item(results, i) with { Replay = null })).ToEquatableArray());
    }

    /// <summary>
    /// A call of a module that gives neither a tensor nor a tuple of them: a list, an object that holds tensors. The variant runs it, the replay
    /// goes through the module, and what is read of the result afterwards is a <see cref="NodeKinds.Member"/>.
    /// </summary>
    private Binding CallForObject(IInvocationOperation call, ModuleAccess module)
    {
        if (module.Code.Replay is null || call.Arguments.Any(argument => argument.ArgumentKind is not (ArgumentKind.Explicit or ArgumentKind.DefaultValue) || argument.Parameter is not { RefKind: RefKind.None }))
            return EvaluateExpression(call);
        var called = module.Compressible != CompressibleChild.No && call.Instance!.Type is INamedTypeSymbol type ? ForwardParser.FindForward(type, context.Known) : null;
        if (ArgumentsOf(call, called is not null && called.Parameters.Length == call.TargetMethod.Parameters.Length ? called : call.TargetMethod, module) is not var (forward, inputs, values))
            return Binding.Failed;
        graph.AddReplayed(ReplayedCall(module, 0, inputs, values));
        var result = graph.AddLocal("result", "var", forward.WithoutReplay());
        AddSources(result, forward.ForwardValues.Union(SourcesOf(forward)));
        return new ExpressionBinding(result);
    }

    private static CapturedExpression ReplayedCall(ModuleAccess module, int results, CapturedExpression inputs, CapturedExpression values) => new CodeBuilder()
        .Code($"t.Call({(module.IsDynamic ? "" : SymbolDisplay.FormatLiteral(module.Path, quote: true) + ", ")}").Expression(module.Code)
        .Code($", {results.ToString(CultureInfo.InvariantCulture)}, [").Expression(inputs).Code("]").Expression(values).Code(")").ToExpression();

    /// <summary>What a module is called with: the call in <c>forward</c>, and for the replay its tensors and, by name, its other arguments.</summary>
    private (CapturedExpression Forward, CapturedExpression Inputs, CapturedExpression Values)? ArgumentsOf(IInvocationOperation call, IMethodSymbol called, ModuleAccess module)
    {
        var forward = new CodeBuilder().Expression(module.Code).Code($".{call.TargetMethod.Name}(");
        var (inputs, values) = (new CodeBuilder(), new CodeBuilder());
        var isFirst = true;
        foreach (var argument in call.Arguments.OrderBy(argument => argument.Parameter?.Ordinal))
        {
            if (argument.Parameter is not { Ordinal: var ordinal } || argument.ArgumentKind is not (ArgumentKind.Explicit or ArgumentKind.DefaultValue))
            {
                Fail(call.Syntax, Unsupported.Expression(call));
                return null;
            }

            var binding = argument.ArgumentKind == ArgumentKind.DefaultValue ? DefaultOf(argument) : Evaluate(argument.Value);
            var isTensor = context.Known.IsTensor(called.Parameters[ordinal].Type);
            if ((isTensor ? binding is not TensorBinding : binding is not (ExpressionBinding or TensorListBinding or RealListBinding or TupleBinding)) || Forwarded(binding) is not { } given)
            {
                if (!ReferenceEquals(binding, Binding.Failed))
                    Fail(argument.Syntax, "it is not known what this argument holds");
                return null;
            }

            forward.Code(isFirst ? "" : ", ").Expression(given);
            isFirst = false;
            if (isTensor)
                inputs.Code(inputs.IsEmpty ? "" : ", ").Part(CodePart.ValueOf(((TensorBinding)binding).Value));
            else
                values.Code($", ({SymbolDisplay.FormatLiteral(IsGeneric(called.ContainingType) ? "@" + ordinal.ToString(CultureInfo.InvariantCulture) : called.Parameters[ordinal].Name, quote: true)}, ").Expression(Replayed(binding)).Code(")");
        }

        return (forward.Code(")").ToExpression(), inputs.ToExpression(), values.ToExpression());
    }

    /// <summary>Whether a module is declared as one of TorchSharp's base classes, so that it may be any.</summary>
    private bool IsGeneric(ITypeSymbol? type) => type is INamedTypeSymbol { Name: "Module", TypeArguments.Length: > 0 } && context.Known.IsTorch(type);

    private int Result(CapturedExpression results, CapturedExpression forward, int index) => graph.AddElement(
        new(forward.Forward, new CodeBuilder().Expression(results).Code($"[{index.ToString(CultureInfo.InvariantCulture)}]").ToExpression().Replay, false));

    private CapturedExpression? Forwarded(Binding binding) => Returned(binding, []) is { } code ? code with { Replay = new EquatableArray<CodePart>([]), IsDimension = false } : null;

    /// <summary>What the replay hands on: of what it does not know, that.</summary>
    private static CapturedExpression Replayed(Binding binding) => new(
        new EquatableArray<CodePart>([]),
        binding is ExpressionBinding { Expression.Replay: { } known } ? known : new EquatableArray<CodePart>([CodePart.Code("t.Unknown")]),
        false);

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
        else if (result is TupleBinding && context.Known.IsTensorTupleClass(type))
            graph.AddReturn(values, code with { Forward = [CodePart.Code("global::System.Tuple.Create"), .. code.Forward] });
        else if (HoldsTensors(result, type))
            graph.AddReturn(values.Union(SourcesOf(code)), ReturnedObject(code));
        else
            graph.AddReturn(values, code);
    }

    /// <summary>Whether a result is, or has in it, something that only the user knows and that may hold tensors.</summary>
    private static bool HoldsTensors(Binding result, ITypeSymbol? type) => result switch
    {
        ExpressionBinding => type is { IsReferenceType: true, SpecialType: SpecialType.None or SpecialType.System_Object } or { TypeKind: TypeKind.Struct, SpecialType: SpecialType.None } or null,
        TupleBinding { Elements: var elements } when type is INamedTypeSymbol { IsTupleType: true, TupleElements: var types } && types.Length == elements.Count =>
            elements.Select((element, i) => HoldsTensors(element, types[i].Type)).Any(holds => holds),
        _ => false,
    };

    private CapturedExpression ReturnedObject(CapturedExpression code) => code with
    {
        Forward = [CodePart.Code($"global::StickGen.Compression.ForwardResults.Return{(context.StoresTensors ? "All" : "")}<{ResultType}>(scope, "), .. code.Forward, CodePart.Code(")")],
    };

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
