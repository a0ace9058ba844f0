using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;
using StickGen.Kinds;

namespace StickGen.Capture.Forward;

/// <content>What no kind is known for, or no more than a name: it is kept as the user wrote it, between values of the graph.</content>
internal sealed partial class BodyCapture
{
    /// <summary>A buffer that is read by its name: where no member of the class holds it, the variant reads the original's.</summary>
    private TensorBinding AddBuffer(IInvocationOperation call, string key)
    {
        var name = SymbolDisplay.FormatLiteral(key, quote: true);
        var code = context.States.Values.FirstOrDefault(state => state.Key == key) is { } state
            ? CapturedExpression.Of(new CodePart(CodePartKind.Member, state.Name))
            : CapturedExpression.Of(new(CodePartKind.Original, ""), CodePart.Code($".get_buffer({name})"));
        code = new CodeBuilder().Expression(code).Code("!").ToExpression();
        return new(AddKnown(NodeKinds.Get(NodeKinds.State), call, [], [new(null, CapturedExpression.Of(CodePart.Code(name))), new(null, code)], code, Identifiers.From(key)));
    }

    /// <summary>Captures an operation as the user wrote it.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="module">The module that it calls, if it calls one.</param>
    private Binding EvaluateOpaque(IOperation operation, ModuleAccess? module = null)
    {
        var values = new Dictionary<SyntaxNode, Binding>();
        if (!Hoist(operation, values) || Write(operation.Syntax, values) is not { } code)
            return Binding.Failed;

        // What is null here fails in the original too, and the compiler has been told so there.
        if (operation is IMemberReferenceOperation { Member: IFieldSymbol { NullableAnnotation: NullableAnnotation.Annotated } or IPropertySymbol { NullableAnnotation: NullableAnnotation.Annotated } }
            && !IsNullableResult(operation))
            code = new CodeBuilder().Expression(code).Code("!").ToExpression();
        return IsState(operation) && !context.WrittenFields.ContainsKey(((IMemberReferenceOperation)operation).Member.Name) ? AddState((IMemberReferenceOperation)operation, code) : AddOpaque(operation, code, module);
    }

    /// <summary>A parameter or a buffer that is an operand of its own.</summary>
    private TensorBinding AddState(IMemberReferenceOperation operation, CapturedExpression code)
    {
        var key = context.States.TryGetValue(operation.Member.Name, out var state) && operation.Instance is IInstanceReferenceOperation
            ? state.Key
            : OneLine.Of(operation.Syntax).Replace("this.", "");
        var name = CapturedExpression.Of(CodePart.Code(SymbolDisplay.FormatLiteral(key, quote: true)));
        return new(AddKnown(NodeKinds.Get(NodeKinds.State), operation, [], [new(null, name), new(null, code)], code, Label(operation)));
    }

    private Binding AddOpaque(IOperation operation, CapturedExpression code, ModuleAccess? module = null)
    {
        var text = OneLine.Of(operation.Syntax);
        var (kind, subject) = Describe(operation, module);
        var node = graph.AddNode(kind, null, code.ForwardValues.Union(SourcesOf(code)), subject, code, Label(operation), text, IsNullableResult(operation));
        OperationsWithoutKernel.Add((operation.Syntax, text, true));

        // By PyTorch's convention a method whose name ends in _ writes into its tensor.
        if (operation is IInvocationOperation { Instance: { } receiver, TargetMethod.Name: var name } && name.EndsWith("_", StringComparison.Ordinal)
            && receiver is ILocalReferenceOperation or IParameterReferenceOperation && Evaluate(receiver) is TensorBinding tensor)
        {
            Overwrite(tensor.Value, node, operation.Syntax);
        }

        return new TensorBinding(node);
    }

    /// <summary>What is known of an operation that is kept as it is written: its kind, and what the replay is told of it.</summary>
    private (string Kind, CapturedArgument[] Subject) Describe(IOperation operation, ModuleAccess? module)
    {
        if (module is not null)
            return module.Code.Replay is null ? (NodeKinds.Opaque, []) : (NodeKinds.Invoke, [new(null, module.Code)]);
        if (FunctionOf(operation) is { } name)
            return (NodeKinds.Operation, [Literal(name)]);
        return IsRead(operation) || operation is IConversionOperation { OperatorMethod: { } conversion } && context.Known.IsTorch(conversion) ? (NodeKinds.Member, [Literal(Shortened(operation.Syntax))]) : (NodeKinds.Opaque, []);
    }

    private static CapturedArgument Literal(string text) => new(null, CapturedExpression.Of(CodePart.Code(SymbolDisplay.FormatLiteral(text, quote: true))));

    /// <summary>The name of the function, method, property or operator of TorchSharp that an operation is, if it is one that is captured by name.</summary>
    private string? FunctionOf(IOperation operation)
    {
        ISymbol? called = operation switch
        {
            IInvocationOperation { TargetMethod: { MethodKind: MethodKind.Ordinary or MethodKind.ReducedExtension } method } call when call.Instance is null || context.Known.IsTensor(call.Instance.Type) => method,
            IBinaryOperation { OperatorMethod: var method } => method,
            IUnaryOperation { OperatorMethod: var method } => method,
            ICompoundAssignmentOperation { OperatorMethod: var method } => method,
            IPropertyReferenceOperation { Instance: { } owner, Property: var property } when context.Known.IsTensor(owner.Type) => property,
            _ => null,
        };
        if (called is null || !context.Known.IsLibrary(called))
            return null;
        var name = called is IPropertySymbol { IsIndexer: true } ? NodeKinds.Index : called.Name;
        return NamedOperations.Contains(name) ? name : null;
    }

    /// <summary>Whether an operation only reads what something outside of the graph holds: <c>input.Hidden</c>, <c>batch["x"]</c>, <c>features[i]</c>.</summary>
    private bool IsRead(IOperation? operation) => operation switch
    {
        IConversionOperation { OperatorMethod: null, Operand: var operand } => IsRead(operand),
        IParenthesizedOperation { Operand: var operand } => IsRead(operand),
        IConditionalAccessOperation { Operation: var owner, WhenNotNull: var member } => IsRead(owner) && IsRead(member),
        IFieldReferenceOperation { Instance: { } owner } => IsRead(owner),
        IPropertyReferenceOperation { Instance: { } owner } => !context.Known.IsTensor(owner.Type) && !context.Known.IsModule(owner.Type) && IsRead(owner),
        IArrayElementReferenceOperation { ArrayReference: var owner } => IsRead(owner),
        IImplicitIndexerReferenceOperation { Instance: var owner } => !context.Known.IsTensor(owner.Type) && IsRead(owner),
        IInvocationOperation { TargetMethod: { Name: "First" or "Last" or "ElementAt" or "Single", ContainingType.Name: "Enumerable" }, Arguments: { Length: > 0 } arguments } => IsRead(arguments[0].Value),
        IInvocationOperation call => IsModuleCall(call),
        IMemberReferenceOperation { Instance: IInstanceReferenceOperation } or ILocalReferenceOperation or IParameterReferenceOperation or IConditionalAccessInstanceOperation => true,
        _ => false,
    };

    private bool IsModuleCall(IInvocationOperation call) => call.TargetMethod.Name is "forward" or "call" && context.Known.IsModule(call.Instance?.Type) && call.Instance is not IInstanceReferenceOperation;

    /// <summary>Whether what is called is declared to give null at times.</summary>
    private static bool IsNullableResult(IOperation operation) => operation switch
    {
        IInvocationOperation call => call.TargetMethod.ReturnType.NullableAnnotation == NullableAnnotation.Annotated,
        IPropertyReferenceOperation { Property.NullableAnnotation: NullableAnnotation.Annotated, Instance: not IInstanceReferenceOperation } => true,
        IConditionalAccessOperation => true,
        _ => false,
    };

    private static string Label(IOperation operation) => operation switch
    {
        IInvocationOperation { TargetMethod.Name: "forward" or "call", Instance: { } module } => Identifiers.From(OneLine.Of(module.Syntax)),
        IInvocationOperation call => call.TargetMethod.Name.TrimEnd('_'),
        IBinaryOperation binary => binary.OperatorKind.ToString().ToLowerInvariant(),
        ICompoundAssignmentOperation compound => compound.OperatorKind.ToString().ToLowerInvariant(),
        IUnaryOperation unary => unary.OperatorKind.ToString().ToLowerInvariant(),
        IPropertyReferenceOperation { Property.IsIndexer: true } => "index",
        IMemberReferenceOperation member => member.Member.Name,
        IConversionOperation => "number",
        _ => "opaque",
    };
}
