using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <content>
/// Lists of tensors whose length or elements depend on a loop: they are lists in the emitted code too, of tensors in
/// <c>forward</c> and of symbolic ones in the replay.
/// </content>
internal sealed partial class BodyCapture
{
    // The values that are in such a list, which an operation in place would change there too.
    private readonly HashSet<int> inRealLists = [];

    /// <summary>The lists that a loop needs as lists: it names them, and not only to read a certain element.</summary>
    private IEnumerable<List<int>> ListsChangedBy(ILoopOperation loop)
    {
        var variables = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        foreach (var pair in context.Bindings)
        {
            if (pair.Value is TensorListBinding)
                variables.Add(pair.Key);
        }

        if (variables.Count == 0)
            return [];
        return loop.Descendants()
            .Where(operation => operation is ILocalReferenceOperation or IParameterReferenceOperation && !IsKnownElement(operation))
            .Select(operation => operation is ILocalReferenceOperation { Local: var local } ? local : (ISymbol)((IParameterReferenceOperation)operation).Parameter)
            .Where(variables.Contains)
            .Select(variable => ((TensorListBinding)context.Bindings[variable]).Values)
            .Distinct()
            .ToArray();
    }

    private static bool IsKnownElement(IOperation list) => list.Parent switch
    {
        IArrayElementReferenceOperation { Indices: { Length: 1 } indices } element => IsKnownIndex(indices[0]) && !IsAssigned(element),
        IImplicitIndexerReferenceOperation element => IsKnownIndex(element.Argument) && !IsAssigned(element),
        IPropertyReferenceOperation { Property.IsIndexer: true, Arguments: { Length: 1 } arguments } element => IsKnownIndex(arguments[0].Value) && !IsAssigned(element),
        _ => false,
    };

    private static bool IsKnownIndex(IOperation index) =>
        (index is IUnaryOperation { OperatorKind: UnaryOperatorKind.Hat, Operand: var fromEnd } ? fromEnd : index).ConstantValue.HasValue;

    private static bool IsAssigned(IOperation element) => element.Parent is IAssignmentOperation assignment && assignment.Target == element;

    /// <summary>Makes a list one of the emitted code, for all who hold it.</summary>
    private void MakeReal(List<int> list)
    {
        var real = AddRealList(list);
        foreach (var pair in context.Bindings.ToArray())
        {
            if (pair.Value is TensorListBinding known && ReferenceEquals(known.Values, list))
                context.Bindings[pair.Key] = real;
        }
    }

    private RealListBinding AddRealList(IReadOnlyCollection<int> items)
    {
        inRealLists.UnionWith(items);
        return new(graph.AddList(items));
    }

    /// <summary>Adds the tensors of one list to another that is known, and says whether a statement does that.</summary>
    private bool TryAddRange(IInvocationOperation call)
    {
        if (call is not { TargetMethod: { Name: "AddRange", ContainingType.Name: "List" }, Instance: ILocalReferenceOperation { Local: var local }, Arguments: { Length: 1 } added }
            || KnownList(local) is not TensorListBinding { Values: var list } || !EvaluatesToList(added[0].Value))
        {
            return false;
        }

        switch (EvaluateList(added[0].Value))
        {
            case TensorListBinding { Values: var more }:
                list.AddRange(more.ToArray());
                break;
            case RealListBinding { List: var more }:
                MakeReal(list);
                if (KnownList(local) is RealListBinding { List: var real })
                    Change(call.Syntax, new CodeBuilder().Part(CodePart.ValueOf(real)).Code(".AddRange(").Part(CodePart.ValueOf(more)).Code(")").ToExpression());
                break;
        }

        return true;
    }

    /// <summary>A statement that changes such a list, or <see langword="null"/> if it is none.</summary>
    private bool TryChangeList(IInvocationOperation call)
    {
        if (call.Instance is not { } instance || call.TargetMethod.ReturnsVoid is false && call.TargetMethod.Name != "Remove"
            || !context.Known.IsTensorList(instance.Type) || EvaluateList(instance) is not RealListBinding)
        {
            return false;
        }

        var values = new Dictionary<SyntaxNode, Binding>();
        if (call.TargetMethod.Name is not ("Add" or "Insert" or "AddRange" or "RemoveAt" or "Clear" or "Reverse")
            || call.Arguments.Any(argument => context.Known.IsTensorList(argument.Value.Type) && EvaluateList(argument.Value) is not RealListBinding))
        {
            Fail(call.Syntax, Unsupported.Expression(call));
        }
        else if (Hoist(call, values) && Write(call.Syntax, values, isCondition: true) is { } code)
        {
            Change(call.Syntax, code);
        }

        return true;
    }

    /// <summary>An assignment to an element.</summary>
    private Binding AssignElement(IOperation target, RealListBinding list, Binding value)
    {
        if (value is not TensorBinding { Value: var tensor})
            return value;
        var values = new Dictionary<SyntaxNode, Binding>();
        if (Hoist(target, values) && Write(target.Syntax, values, isCondition: true) is { } element)
            Change(target.Syntax, new CodeBuilder().Expression(element).Code(" = ").Part(CodePart.ValueOf(tensor)).ToExpression());
        return value;
    }

    private void Change(SyntaxNode syntax, CapturedExpression code)
    {
        if (code.Replay is null)
            Fail(syntax, "it changes a list by something that is not known when the model is compressed");
        inRealLists.UnionWith(code.ForwardValues);
        graph.AddListChange(code);
    }

    /// <summary>A tensor of such a list.</summary>
    private Binding ReadElement(IOperation operation)
    {
        var values = new Dictionary<SyntaxNode, Binding>();
        if (!Hoist(operation, values) || Write(operation.Syntax, values, isCondition: true) is not { } code)
            return Binding.Failed;
        if (code.Replay is null)
            return Fail(operation.Syntax, "it reads an element of a list that is not known when the model is compressed");
        var element = graph.AddElement(code);
        inRealLists.Add(element);
        return new TensorBinding(element);
    }
}
