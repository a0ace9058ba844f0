using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;

namespace StickGen.Capture.Forward;

/// <content>Calls of helpers that assign variables: <c>Parse(arguments, out var mask)</c>.</content>
internal sealed partial class BodyCapture
{
    /// <summary>Whether a call is no operation, and declares variables that it assigns.</summary>
    private bool AssignsVariables(IInvocationOperation call) =>
        !context.Known.IsTorch(call.TargetMethod) && !context.Known.IsModule(call.Instance?.Type)
        && call.Arguments.Any(argument => argument.Parameter?.RefKind == RefKind.Out)
        && call.Arguments.All(argument => argument.Parameter is { RefKind: RefKind.None }
            || argument is { Parameter.RefKind: RefKind.Out, Value: IDiscardOperation or IDeclarationExpressionOperation { Expression: ILocalReferenceOperation } });

    /// <summary>
    /// Runs such a call as it is written. Nothing is known of what it assigns: its tensors are members of something that is no part of the graph, and
    /// the replay knows no other variables.
    /// </summary>
    private Binding EvaluateAssigning(IInvocationOperation call)
    {
        var values = new Dictionary<SyntaxNode, Binding>();
        var assigned = new List<(ILocalSymbol Variable, CapturedExpression Local)>();
        foreach (var argument in call.Arguments)
        {
            if (argument.Value is not IDeclarationExpressionOperation { Expression: ILocalReferenceOperation { Local: var variable } })
                continue;
            if (!CanBeWritten(variable.Type))
                return Fail(argument.Syntax, $"the type of '{variable.Name}' cannot be written");
            var local = graph.AddUnassignedLocal(variable.Name, TypeNames.Of(variable.Type)) with { Replay = null };
            assigned.Add((variable, local));
            values[argument.Value.Syntax] = new ExpressionBinding(local);
        }

        if (!Hoist(call, values) || Write(call.Syntax, values) is not { } code)
            return Binding.Failed;
        code = code.WithoutReplay();
        Binding result = Binding.None;
        if (call.TargetMethod.ReturnsVoid || call.Parent is IExpressionStatementOperation)
            graph.AddCode(code);
        else
            result = new ExpressionBinding(AddResult(code));
        foreach (var (variable, local) in assigned)
        {
            AddSources(local, code.ForwardValues);
            context.Bindings[variable] = context.Known.IsTensor(variable.Type)
                ? new TensorBinding(graph.AddNode(
                    Kinds.NodeKinds.Member, null, code.ForwardValues, [Literal(variable.Name)], local, Identifiers.From(variable.Name), $"{variable.Name} of: {Shortened(call.Syntax)}",
                    isNullable: variable.Type.NullableAnnotation != NullableAnnotation.NotAnnotated))
                : new ExpressionBinding(local);
        }

        return result;
    }

    /// <summary>A local that a call gives, which runs for what it assigns even where nothing reads that local.</summary>
    private CapturedExpression AddResult(CapturedExpression call)
    {
        var result = CapturedExpression.Of(new CodePart(CodePartKind.Local, graph.AddName("result")));
        graph.AddCode(new CodeBuilder().Code("var ").Expression(result).Code(" = ").Expression(call).ToExpression());
        return result.WithoutReplay();
    }
}
