using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <content>Arrays and lists of tensors.</content>
internal sealed partial class BodyCapture
{
    /// <summary>The tensors of a list, or <see langword="null"/> if it is not known which they are.</summary>
    private Binding? EvaluateList(IOperation operation)
    {
        switch (operation)
        {
            case IConversionOperation conversion:
                return EvaluateList(conversion.Operand);
            case ILocalReferenceOperation { Local: var local }:
                return KnownList(local);
            case IParameterReferenceOperation { Parameter: var parameter }:
                return KnownList(parameter);
            case IInvocationOperation { TargetMethod.Name: "ToArray" or "ToList", Arguments: { Length: 1 } items } when EvaluateSelect(Unconverted(items[0].Value)) is { } selected:
                return selected;
            case IInvocationOperation { TargetMethod.Name: "ToArray" or "ToList" } copy:
                return EvaluateList(copy.Instance ?? copy.Arguments[0].Value) switch
                {
                    TensorListBinding original => new TensorListBinding([.. original.Values]),
                    RealListBinding original => AddRealList([original.List]),
                    _ => null,
                };
            case IObjectCreationOperation { Type.Name: "List", Initializer: null, Arguments: { Length: 1 } arguments } when context.Known.IsTensorList(arguments[0].Value.Type):
                return EvaluateList(arguments[0].Value) is TensorListBinding source ? new TensorListBinding([.. source.Values]) : null;
            case IInvocationOperation query when EvaluateSelect(query) is { } selected:
                return selected;
            case IInvocationOperation call when PiecesOf(call) is { } pieces:
                return pieces;
        }

        if (ElementsOf(operation) is not { } elements)
            return null;
        var values = new List<int>();
        foreach (var element in elements)
        {
            if (Evaluate(element) is not TensorBinding tensor)
                return Binding.Failed;
            values.Add(tensor.Value);
        }

        return new TensorListBinding(values);
    }

    private Binding? KnownList(ISymbol variable) =>
        context.Bindings.TryGetValue(variable, out var binding) && binding is TensorListBinding or RealListBinding or PiecesBinding ? binding : null;

    /// <summary>A tensor of a list, at an index that is a constant, <c>y[0]</c>, <c>y[^1]</c>, or of a list that the emitted code has too.</summary>
    private Binding? ElementOfList(IOperation operation)
    {
        if (operation is IInvocationOperation { TargetMethod: { Name: "First" or "Last", ContainingType.Name: "Enumerable" } end, Arguments: { Length: 1 } source })
            return EndOfList(Unconverted(source[0].Value), end.Name == "Last");
        if (Indexed(operation) is var (pieces, at) && PieceAt(pieces, at) is { } piece)
            return piece;
        if (ListAndIndex(operation) is not var (list, index))
            return null;
        return EvaluateList(list) switch
        {
            RealListBinding => ReadElement(operation),
            TensorListBinding { Values: var values } when PositionIn(values, index) is { } position => new TensorBinding(values[position]),
            _ => null,
        };
    }

    /// <summary><c>y.First()</c>, <c>y.Last()</c>.</summary>
    private Binding? EndOfList(IOperation list, bool isLast)
    {
        if (list is not (ILocalReferenceOperation or IParameterReferenceOperation))
            return null;
        switch (EvaluateList(list))
        {
            case TensorListBinding { Values: { Count: > 0 } values }:
                return new TensorBinding(values[isLast ? values.Count - 1 : 0]);
            case RealListBinding { List: var real }:
                var element = graph.AddElement(new CodeBuilder().Part(CodePart.ValueOf(real)).Code(isLast ? "[^1]" : "[0]").ToExpression());
                inRealLists.Add(element);
                return new TensorBinding(element);
            default:
                return null;
        }
    }

    private static (IOperation List, IOperation Index)? ListAndIndex(IOperation operation) =>
        Indexed(operation) is { List: ILocalReferenceOperation or IParameterReferenceOperation } indexed ? indexed : null;

    private static (IOperation List, IOperation Index)? Indexed(IOperation operation) => operation switch
    {
        IArrayElementReferenceOperation { Indices.Length: 1 } element => (element.ArrayReference, element.Indices[0]),
        IImplicitIndexerReferenceOperation element => (element.Instance, element.Argument),
        IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } instance, Arguments: { Length: 1 } arguments } => (instance, arguments[0].Value),
        _ => null,
    };

    private static int? PositionIn(List<int> values, IOperation index)
    {
        var fromEnd = index is IUnaryOperation { OperatorKind: UnaryOperatorKind.Hat };
        var number = fromEnd ? ((IUnaryOperation)index).Operand : index;
        if (number.ConstantValue is not { HasValue: true, Value: int position })
            return null;
        position = fromEnd ? values.Count - position : position;
        return position >= 0 && position < values.Count ? position : null;
    }

    /// <summary>Whether <see cref="EvaluateList"/> will know the tensors, found out without capturing any.</summary>
    private bool EvaluatesToList(IOperation operation) => operation switch
    {
        IConversionOperation conversion => EvaluatesToList(conversion.Operand),
        ILocalReferenceOperation { Local: var local } => KnownList(local) is TensorListBinding or RealListBinding,
        IParameterReferenceOperation { Parameter: var parameter } => KnownList(parameter) is TensorListBinding or RealListBinding,
        IInvocationOperation { TargetMethod.Name: "ToArray" or "ToList" } copy =>
            (copy.Instance ?? copy.Arguments.FirstOrDefault()?.Value) is { } original && EvaluatesToList(original),
        IInvocationOperation query when QueryOf(query) is { Seed: null } => true,
        IInvocationOperation call when KnownKind(call) is { GivesList: true } => CountOf(call) is not null,
        _ => ElementsOf(operation) is not null,
    };

    /// <summary>The elements of an array creation, a collection expression or a list with an initializer.</summary>
    private static IReadOnlyList<IOperation>? ElementsOf(IOperation operation)
    {
        switch (operation)
        {
            case IConversionOperation conversion:
                return ElementsOf(conversion.Operand);
            case IArrayCreationOperation { DimensionSizes.Length: 1, Initializer: { } initializer }:
                return initializer.ElementValues;
            case ICollectionExpressionOperation collection:
                return collection.Elements.Any(element => element is ISpreadOperation) ? null : collection.Elements;
            case IObjectCreationOperation { Type.Name: "List" } creation when creation.Arguments.All(argument => argument.Parameter?.Name == "capacity"):
                var items = new List<IOperation>();
                foreach (var item in creation.Initializer?.Initializers ?? [])
                {
                    if (item is not IInvocationOperation { Arguments: { Length: 1 } arguments })
                        return null;
                    items.Add(arguments[0].Value);
                }

                return items;
            default:
                return null;
        }
    }

    /// <summary>Whether a call adds a tensor to a list that is known.</summary>
    private bool IsListAdd(IInvocationOperation call, out TensorListBinding list, out IOperation item)
    {
        list = null!;
        item = null!;
        if (call is not { TargetMethod: { Name: "Add", ContainingType.Name: "List" }, Instance: { } instance, Arguments: { Length: 1 } arguments }
            || !context.Known.IsTensorList(instance.Type)
            || EvaluateList(instance) is not TensorListBinding known)
        {
            return false;
        }

        list = known;
        item = arguments[0].Value;
        return true;
    }
}
