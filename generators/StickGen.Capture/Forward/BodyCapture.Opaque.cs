using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;
using StickGen.Kinds;

namespace StickGen.Capture.Forward;

/// <content>What no kind is known for: it is kept as the user wrote it, between values of the graph.</content>
internal sealed partial class BodyCapture
{
    private Binding EvaluateOpaque(IOperation operation)
    {
        var values = new Dictionary<SyntaxNode, Binding>();
        if (!Hoist(operation, values) || Write(operation.Syntax, values) is not { } code)
            return Binding.Failed;

        // What is null here fails in the original too, and the compiler has been told so there.
        if (operation is IMemberReferenceOperation { Member: IFieldSymbol { NullableAnnotation: NullableAnnotation.Annotated } or IPropertySymbol { NullableAnnotation: NullableAnnotation.Annotated } }
            && !IsNullableResult(operation))
            code = new CodeBuilder().Expression(code).Code("!").ToExpression();
        return IsState(operation) && !context.WrittenFields.ContainsKey(((IMemberReferenceOperation)operation).Member.Name) ? AddState((IMemberReferenceOperation)operation, code) : AddOpaque(operation, code);
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

    private Binding AddOpaque(IOperation operation, CapturedExpression code)
    {
        var text = OneLine.Of(operation.Syntax);
        var node = graph.AddNode(NodeKinds.Opaque, null, code.ForwardValues.Union(SourcesOf(code)), [], code, Label(operation), text, IsNullableResult(operation));
        OperationsWithoutKernel.Add((operation.Syntax, text, true));

        // By PyTorch's convention a method whose name ends in _ writes into its tensor.
        if (operation is IInvocationOperation { Instance: { } receiver, TargetMethod.Name: var name } && name.EndsWith("_", StringComparison.Ordinal)
            && receiver is ILocalReferenceOperation or IParameterReferenceOperation && Evaluate(receiver) is TensorBinding tensor)
        {
            Overwrite(tensor.Value, node, operation.Syntax);
        }

        return new TensorBinding(node);
    }

    /// <summary>Whether what is called is declared to give null at times.</summary>
    private static bool IsNullableResult(IOperation operation) => operation switch
    {
        IInvocationOperation call => call.TargetMethod.ReturnType.NullableAnnotation == NullableAnnotation.Annotated,
        IPropertyReferenceOperation { Property.NullableAnnotation: NullableAnnotation.Annotated, Instance: not IInstanceReferenceOperation } => true,
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
        _ => "opaque",
    };
}
