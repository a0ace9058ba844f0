using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;

namespace StickGen.Capture.Forward;

/// <content>
/// Queries over modules, which run as loops do: <c>blocks.Select(b => b.forward(x))</c> gives a list, and
/// <c>blocks.Aggregate(x, (y, b) => b.forward(y))</c> a tensor.
/// </content>
internal sealed partial class BodyCapture
{
    /// <summary>A query over what the instance holds.</summary>
    /// <param name="Place">The call.</param>
    /// <param name="Source">What it runs over.</param>
    /// <param name="Seed">What an <c>Aggregate</c> begins with.</param>
    /// <param name="Parameters">Of its lambda.</param>
    /// <param name="Body">The tensor that the lambda gives.</param>
    private sealed record Query(IInvocationOperation Place, IOperation Source, IOperation? Seed, IReadOnlyList<IParameterSymbol> Parameters, IOperation Body);

    private Query? QueryOf(IOperation operation)
    {
        if (operation is not IInvocationOperation { TargetMethod: { Name: "Select" or "Aggregate", ContainingType: { Name: "Enumerable", ContainingNamespace.Name: "Linq" } } method, Arguments: var arguments } call
            || arguments.Length != (method.Name == "Select" ? 2 : 3)
            || LambdaOf(arguments[arguments.Length - 1].Value) is not { Body.Operations: { Length: 1 } statements, Symbol.Parameters: var parameters }
            || parameters.Length != arguments.Length - 1
            || statements[0] is not IReturnOperation { ReturnedValue: { } body } || !context.Known.IsTensor(body.Type)
            || !context.Known.IsModule(parameters[parameters.Length - 1].Type))
        {
            return null;
        }

        return new(call, Unconverted(arguments[0].Value), arguments.Length == 3 ? arguments[1].Value : null, parameters, body);
    }

    private static IAnonymousFunctionOperation? LambdaOf(IOperation operation) => operation switch
    {
        IDelegateCreationOperation { Target: var target } => LambdaOf(target),
        IConversionOperation { Operand: var operand } => LambdaOf(operand),
        IAnonymousFunctionOperation lambda => lambda,
        _ => null,
    };

    /// <summary>The tensors of a <c>Select</c>, or <see langword="null"/> if it is none over modules.</summary>
    private Binding? EvaluateSelect(IOperation operation)
    {
        if (QueryOf(operation) is not { Seed: null } query)
            return null;
        var list = AddRealList([]);
        return RunQuery(query, () =>
        {
            if (Evaluate(query.Body) is TensorBinding { Value: var tensor })
                Change(query.Body.Syntax, new CodeBuilder().Part(CodePart.ValueOf(list.List)).Code(".Add(").Part(CodePart.ValueOf(tensor)).Code(")").ToExpression());
        }) ? list : Binding.Failed;
    }

    /// <summary>The tensor of an <c>Aggregate</c>, or <see langword="null"/> if it is none over modules.</summary>
    private Binding? EvaluateAggregate(IOperation operation)
    {
        if (QueryOf(operation) is not { Seed: { } seed } query)
            return null;
        var accumulated = query.Parameters[0];
        if (Evaluate(seed) is not TensorBinding first)
            return Binding.Failed;
        context.Bindings[accumulated] = first;
        if (!RunQuery(query, () => context.Bindings[accumulated] = Evaluate(query.Body)))
            return Binding.Failed;
        var result = context.Bindings[accumulated];
        context.Bindings.Remove(accumulated);
        return result;
    }

    private bool RunQuery(Query query, Action runBody)
    {
        var (text, line) = graph.BeginChoice();
        var problems = Failures.Count;
        if (ItemsOf(query.Source) is { } items)
            RunLoop(new Loop(query.Place, Bindings.Of(context)), () => BindQuery(query, items), runBody);
        graph.BeginStatement(text, line);
        return Failures.Count == problems;
    }

    private LoopHeader BindQuery(Query query, CapturedExpression items)
    {
        var item = query.Parameters[query.Parameters.Count - 1];
        var name = graph.AddName(item.Name);
        context.Bindings[item] = BindItem(item.Name, item.Type, CapturedExpression.Of(new CodePart(CodePartKind.Local, name)), items);
        return new ForEachHeader(items, Identifiers.Escape(name));
    }
}
