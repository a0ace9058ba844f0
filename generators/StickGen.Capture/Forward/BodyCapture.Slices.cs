using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;
using StickGen.Kinds;

namespace StickGen.Capture.Forward;

/// <content>Assignments to a part of a tensor that a variable holds: <c>x[mask] = 0</c>, <c>loss[1] *= weight</c>.</content>
internal sealed partial class BodyCapture
{
    private const string SliceOperation = "index_put_";

    /// <summary>What is to be said of such an assignment.</summary>
    public static string SliceReason(SyntaxNode target) => $"it assigns to '{OneLine.Of(target)}', a part of a tensor";

    /// <summary>Whether a target is a part of a tensor that a local or a parameter holds; parts of buffers outlast the call.</summary>
    private bool IsSlice(IOperation target) => target is IPropertyReferenceOperation
    {
        Property.IsIndexer: true,
        Instance: ILocalReferenceOperation or IParameterReferenceOperation { Parameter.ContainingSymbol: IMethodSymbol { MethodKind: not MethodKind.Constructor } },
    } slice && context.Known.IsTensor(slice.Instance!.Type);

    // What the tensors in the subscripts of a part are that is both read and assigned.
    private Dictionary<SyntaxNode, Binding>? subscripts;

    /// <summary><c>x[i] *= y</c>: the subscripts are computed once.</summary>
    private Binding AssignSliceCompound(ICompoundAssignmentOperation compound, IPropertyReferenceOperation slice, IMethodSymbol method)
    {
        var computed = new Dictionary<SyntaxNode, Binding>();
        foreach (var argument in slice.Arguments)
        {
            if (!Hoist(argument, computed))
                return Binding.Failed;
        }

        var outer = subscripts;
        subscripts = computed;
        var result = EvaluateOperator(compound, method, [slice, compound.Value]);
        var assigned = AssignSlice(slice, result);
        subscripts = outer;
        return assigned;
    }

    /// <summary>
    /// The emitted <c>forward</c> assigns as it is written; to the graph it is the operation that PyTorch has for it, which gives the tensor with
    /// that part replaced.
    /// </summary>
    private Binding AssignSlice(IPropertyReferenceOperation slice, Binding value)
    {
        if (value is not TensorBinding { Value: var part })
            return value;
        var values = new Dictionary<SyntaxNode, Binding>();
        if (Evaluate(slice.Instance!) is not TensorBinding { Value: var whole } || !Hoist(slice, values) || Write(slice.Syntax, values) is not { } target)
            return Binding.Failed;
        SliceAssignments.Add(slice.Syntax);
        target = target.WithoutReplay();
        graph.AddCode(new CodeBuilder().Expression(target).Code(" = ").Part(CodePart.ValueOf(part)).ToExpression());
        var text = OneLine.Of(slice.Syntax);
        var node = graph.AddNode(
            NodeKinds.Operation, null, [whole, .. target.ForwardValues.Union(SourcesOf(target)).Where(read => read != whole), part], [Literal(SliceOperation)],
            CapturedExpression.Of(CodePart.ValueOf(whole)), "index_put", text);
        Overwrite(whole, node, slice.Syntax);
        return value;
    }
}
