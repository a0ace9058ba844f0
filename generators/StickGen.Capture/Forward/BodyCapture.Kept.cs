using System.Collections.Immutable;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;
using StickGen.Kinds;

namespace StickGen.Capture.Forward;

/// <content>
/// Statements that are not understood. They are kept as they are written, between values of the graph: what they read is captured,
/// the variables that they assign are locals of the emitted code, and opaque values after them.
/// </content>
internal sealed partial class BodyCapture
{
    private const int MaximalText = 100;

    // The statements that are being captured, outermost first, and whether they are a helper's.
    private readonly Stack<(IOperation Statement, bool IsInlined)> running = new();

    // The values that locals of kept statements are computed from, which the replay does not see.
    private readonly Dictionary<string, HashSet<int>> sources = new(StringComparer.Ordinal);

    /// <summary>What forward returns, as code refers to it.</summary>
    public string ResultType { get; init; } = "";

    /// <summary>How many tensors that is.</summary>
    public int Results { get; init; } = 1;

    /// <summary>Whether to stop: once statements are kept, each round finds one more.</summary>
    private bool IsStopped => Failures.Count > 0 && !context.Kept.IsEmpty;

    /// <summary>A variable that kept statements use.</summary>
    /// <param name="Symbol">The variable.</param>
    /// <param name="Before">What it stood for before them.</param>
    /// <param name="Local">The local that it is in the emitted code.</param>
    private sealed record KeptVariable(ISymbol Symbol, Binding? Before, CapturedExpression Local);

    /// <summary>Keeps a statement, with all that follow it if it may end the method, and says whether the method has ended.</summary>
    private bool Keep(ImmutableArray<IOperation> statements, int index, bool isInlined, bool isAll)
    {
        if (statements.IsEmpty)
            return false;
        var syntax = statements.Skip(index).Select(statement => statement.Syntax).ToArray();
        var first = syntax[0];
        var semanticModel = context.SemanticModelOf(first.SyntaxTree);
        var returns = isAll || first is ExpressionSyntax;
        if (!isAll && first is StatementSyntax statement && semanticModel.AnalyzeControlFlow(statement) is { } flow)
        {
            returns = !flow.ReturnStatements.IsEmpty || !flow.EndPointIsReachable;
            if (flow.ExitPoints.Any(exit => exit is not ReturnStatementSyntax))
            {
                Fail(first, "it leaves a loop");
                return false;
            }
        }

        if (returns && isInlined)
        {
            Fail(first, "it ends a helper");
            return false;
        }

        if (!returns)
            syntax = [first];
        else if (first is StatementSyntax from && semanticModel.AnalyzeControlFlow(from, (StatementSyntax)syntax[syntax.Length - 1]) is not { EndPointIsReachable: false })
        {
            Fail(first, "only some of its ways end with a result");
            return false;
        }

        Keep(syntax, semanticModel, returns);
        return returns;
    }

    private void Keep(SyntaxNode[] syntax, SemanticModel semanticModel, bool returns)
    {
        var (first, last) = (syntax[0], syntax[syntax.Length - 1]);
        var data = first is ExpressionSyntax expression
            ? semanticModel.AnalyzeDataFlow(expression)
            : semanticModel.AnalyzeDataFlow((StatementSyntax)first, (StatementSyntax)last);
        var span = Microsoft.CodeAnalysis.Text.TextSpan.FromBounds(first.SpanStart, last.Span.End);
        if (data is not { Succeeded: true } || semanticModel.GetDiagnostics(span, context.CancellationToken).Any(problem => problem.Severity == DiagnosticSeverity.Error))
        {
            Fail(first, "the code has errors");
            return;
        }

        var changed = new HashSet<ISymbol>(syntax.SelectMany(node => WrittenInPlace(node, semanticModel)), SymbolEqualityComparer.Default);
        var reads = new List<int>();
        var variables = new List<KeptVariable>();
        var names = new KeptNames(ResultType);
        var used = syntax.SelectMany(node => Variables.NamedBy(node, semanticModel, context.CancellationToken)).Distinct<ISymbol>(SymbolEqualityComparer.Default).ToArray();
        var declaredInside = new HashSet<ISymbol>(data.VariablesDeclared, SymbolEqualityComparer.Default);
        foreach (var node in syntax)
            KeptDeclarations.Name(node, context, names, graph.AddName);
        foreach (var variable in used.Where(variable => !declaredInside.Contains(variable)))
        {
            var isWritten = changed.Contains(variable) || data.WrittenInside.Contains(variable, SymbolEqualityComparer.Default);
            if (AddVariable(variable, isWritten, data.DefinitelyAssignedOnEntry, reads, first) is { } local)
                variables.Add(local);
        }

        foreach (var variable in variables)
            context.Bindings[variable.Symbol] = new ExpressionBinding(variable.Local);
        var code = new CodeBuilder();
        foreach (var node in syntax)
        {
            var writer = new ExpressionWriter(context, semanticModel, new Dictionary<SyntaxNode, Binding>(), kept: names);
            var written = writer.Write(node);
            if (written is null)
            {
                if (writer.Failure is { } failure)
                    Fail(failure.Node, failure.Reason);
                return;
            }

            code.Code(code.IsEmpty ? "" : "\n").Expression(node is ExpressionSyntax ? ExpressionWriter.Returned(written, ResultType, context.StoresTensors) : written);
        }

        var outputs = returns ? [] : Outputs(data, variables, changed).ToArray();
        foreach (var variable in variables.Where(variable => !outputs.Contains(variable.Symbol, SymbolEqualityComparer.Default)))
            Restore(variable);
        var text = Shortened(first);
        var read = reads.Distinct().ToArray();
        graph.AddKept(
            code.ToExpression().WithoutReplay(), text, read,
            hasOutputs: outputs.Any(output => TypeOf(output) is { } type && (context.Known.IsTensor(type) || HasTensors(type))), returns ? Results : -1);
        foreach (var output in outputs)
            AddOutput(output, variables.FirstOrDefault(variable => SymbolEqualityComparer.Default.Equals(variable.Symbol, output)), read, text, first);
    }

    /// <summary>Makes a variable from outside one that kept statements can use, and gives the local that it then is, if it is one.</summary>
    private KeptVariable? AddVariable(ISymbol variable, bool isWritten, ImmutableArray<ISymbol> assigned, List<int> reads, SyntaxNode place)
    {
        if (!context.Bindings.TryGetValue(variable, out var binding))
        {
            if (variable is IParameterSymbol || TypeOf(variable) is not { } unbound || !CanBeWritten(unbound))
                return null;
            return new(variable, null, graph.AddLocal(variable.Name, TypeNames.Of(unbound), CapturedExpression.Of(CodePart.Code("default!")) with { Replay = null }));
        }

        switch (binding)
        {
            case TensorBinding when !SymbolEqualityComparer.Default.Equals(TypeOf(variable), context.Known.Tensor):
                Fail(place, $"'{variable.Name}' is not declared as a tensor");
                return null;
            case TensorBinding { Value: var value }:
                reads.Add(value);
                break;
            case ExpressionBinding { Expression: var expression }:
                reads.AddRange(expression.ForwardValues.Concat(SourcesOf(expression)));
                break;
            case UnknownBinding unknown:
                Fail(place, unknown);
                return null;
        }

        if (!isWritten && binding is TensorBinding or ExpressionBinding or ModuleBinding)
            return null;
        if (ReferenceEquals(binding, Binding.None) && SymbolEqualityComparer.Default.Equals(TypeOf(variable), context.Known.DisposeScope))
            return new(variable, binding, CapturedExpression.Of(CodePart.Code("scope")));
        var held = new List<int>();
        if (TypeOf(variable) is not { } type || !CanBeWritten(type) || (Returned(binding, held) ?? CodeOf(binding)) is not { } initial)
        {
            Fail(place, $"it is not known what '{variable.Name}' holds");
            return null;
        }

        reads.AddRange(held);
        if (!assigned.Contains(variable, SymbolEqualityComparer.Default))
            initial = CapturedExpression.Of(CodePart.Code("default!"));
        return new(variable, binding, graph.AddLocal(variable.Name, TypeNames.Of(type), initial.WithoutReplay()));
    }

    private static CapturedExpression? CodeOf(Binding binding) => binding switch
    {
        ModuleBinding { Module.Code: var code } => code,
        PiecesBinding { Code: var code } => code,
        _ => null,
    };

    /// <summary>What is different after kept statements: what they assign and somebody reads, tensors that they write into, and lists that they may change.</summary>
    private IEnumerable<ISymbol> Outputs(DataFlowAnalysis data, List<KeptVariable> variables, HashSet<ISymbol> changed)
    {
        var flowing = new HashSet<ISymbol>(data.DataFlowsOut, SymbolEqualityComparer.Default);
        foreach (var variable in variables)
        {
            if (flowing.Remove(variable.Symbol) || changed.Contains(variable.Symbol) || variable.Before is TensorListBinding or RealListBinding or PiecesBinding)
                yield return variable.Symbol;
        }

        foreach (var variable in data.DataFlowsOut.Where(flowing.Contains).Where(variable => variable is ILocalSymbol))
            yield return variable;
    }

    private void Restore(KeptVariable variable)
    {
        if (variable.Before is null)
            context.Bindings.Remove(variable.Symbol);
        else
            context.Bindings[variable.Symbol] = variable.Before;
    }

    /// <summary>What a variable stands for after kept statements.</summary>
    private void AddOutput(ISymbol output, KeptVariable? variable, int[] reads, string text, SyntaxNode place)
    {
        if (TypeOf(output) is not { } type || !context.Bindings.TryGetValue(output, out var binding) || binding is not ExpressionBinding { Expression: var local })
            return;
        var isTensor = context.Known.IsTensor(type);
        AddSources(local, reads);
        Binding result = isTensor && !SymbolEqualityComparer.Default.Equals(type, context.Known.Tensor) ? new UnknownBinding($"'{output.Name}' is not declared as a tensor")
            : isTensor ? new TensorBinding(AddOutput(local, output.Name, type, reads, text))
            : type is INamedTypeSymbol { IsTupleType: true, TupleElements: var elements } && context.Known.IsTensorTuple(type)
                ? new TupleBinding(elements.Select(Binding (element, i) => context.Known.IsTensor(element.Type)
                    ? new TensorBinding(AddOutput(Item(local, i), output.Name, element.Type, reads, text))
                    : new ExpressionBinding(Item(local, i) with { Replay = null })).ToEquatableArray())
            : context.Known.IsModule(type) ? new UnknownBinding($"it is not known which module '{output.Name}' is")
            : new ExpressionBinding(local with { Replay = null });
        if (variable?.Before is TensorBinding { Value: var old } && result is TensorBinding { Value: var value } && !IsReassigned(output, place))
            Overwrite(old, value, place);
        ShareList(variable?.Before, result);
        if (variable?.Before is { } before && result is ExpressionBinding && graph.IsInBranch)
        {
            context.Bindings[output] = before;
            Reassign(output, result, place);
        }
        else
        {
            context.Bindings[output] = result;
        }
    }

    private int AddOutput(CapturedExpression local, string name, ITypeSymbol type, int[] reads, string text) => graph.AddNode(
        NodeKinds.Opaque, null, reads, [], local with { Replay = null }, Identifiers.From(name), $"{name} of: {text}",
        isNullable: type.NullableAnnotation != NullableAnnotation.NotAnnotated);

    /// <summary>Whether a variable gets another tensor, and is not only written into.</summary>
    private bool IsReassigned(ISymbol variable, SyntaxNode place) =>
        place is StatementSyntax statement && context.SemanticModelOf(place.SyntaxTree).AnalyzeDataFlow(statement) is { Succeeded: true } flow
        && flow.WrittenInside.Contains(variable, SymbolEqualityComparer.Default);

    /// <summary>All who hold a list that kept statements may have changed see it changed.</summary>
    private void ShareList(Binding? before, Binding result)
    {
        if (before is not (TensorListBinding or RealListBinding))
            return;
        foreach (var pair in context.Bindings.ToArray())
        {
            if (pair.Value is TensorListBinding { Values: var values } && before is TensorListBinding { Values: var list } && ReferenceEquals(values, list)
                || pair.Value is RealListBinding { List: var number } && before is RealListBinding { List: var real } && number == real)
            {
                context.Bindings[pair.Key] = result;
            }
        }
    }

    private void AddSources(CapturedExpression local, IEnumerable<int> values)
    {
        if (local.Forward.Count == 1 && local.Forward[0] is { Kind: CodePartKind.Local, Text: var name })
            sources[name] = [.. values];
    }

    /// <summary>The values that locals of kept statements in code are computed from.</summary>
    private IEnumerable<int> SourcesOf(CapturedExpression code) => sources.Count == 0
        ? []
        : code.Forward.Where(part => part.Kind == CodePartKind.Local && sources.ContainsKey(part.Text)).SelectMany(part => sources[part.Text]);

    /// <summary>The variables whose tensors code writes into.</summary>
    private IEnumerable<ISymbol> WrittenInPlace(SyntaxNode code, SemanticModel semanticModel)
    {
        foreach (var node in code.DescendantNodesAndSelf())
        {
            var target = node switch
            {
                AssignmentExpressionSyntax { Left: ElementAccessExpressionSyntax { Expression: var whole } } => whole,
                InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: var receiver, Name.Identifier.ValueText: var name } } when KnownCalls.IsInPlace(name) => receiver,
                _ => null,
            };
            while (target is ElementAccessExpressionSyntax { Expression: var outer })
                target = outer;
            if (target is IdentifierNameSyntax && semanticModel.GetSymbolInfo(target, context.CancellationToken).Symbol is ILocalSymbol or IParameterSymbol
                && context.Known.IsTensor(semanticModel.GetTypeInfo(target, context.CancellationToken).Type))
            {
                yield return semanticModel.GetSymbolInfo(target, context.CancellationToken).Symbol!;
            }
        }
    }

    private static ITypeSymbol? TypeOf(ISymbol variable) => (variable as ILocalSymbol)?.Type ?? (variable as IParameterSymbol)?.Type;

    private bool CanBeWritten(ITypeSymbol type) =>
        type is not (IErrorTypeSymbol or { IsAnonymousType: true }) && context.WhyUnreachable(type) is null && !ModuleTypes.NamesCompressible(type);

    private bool HasTensors(ITypeSymbol type) => context.Known.IsTensorTuple(type);

    private static string Shortened(SyntaxNode statement)
    {
        var text = OneLine.Of(statement);
        return text.Length <= MaximalText ? text : text.Substring(0, MaximalText - 1).ToString(CultureInfo.InvariantCulture) + "…";
    }
}
