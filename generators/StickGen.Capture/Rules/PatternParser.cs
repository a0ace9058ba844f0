using Microsoft.CodeAnalysis;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Forward;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;
using StickGen.Capture.Planning;

namespace StickGen.Capture.Rules;

/// <summary>Captures the body of a <c>[Match]</c> method, as a <c>forward</c> is captured, and reads it as a pattern.</summary>
internal sealed class PatternParser(
    INamedTypeSymbol type, Compilation compilation, ProblemList problems, CancellationToken cancellationToken)
{
    private readonly CaptureContext context = new(type, compilation, problems, cancellationToken);

    public PatternNode? Parse(IMethodSymbol match)
    {
        var known = context.Known;
        if (!known.IsTensor(match.ReturnType))
        {
            problems.Add(Descriptors.RuleSignature, match.Locations.FirstOrDefault(), match.Name, "return a Tensor");
            return null;
        }

        var inputs = new List<string>();
        foreach (var parameter in match.Parameters)
        {
            if (known.IsTensor(parameter.Type))
            {
                context.Bindings[parameter] = new TensorBinding(inputs.Count);
                inputs.Add(parameter.Name);
            }
            else if (known.IsModule(parameter.Type))
            {
                context.Bindings[parameter] = new ModuleBinding(
                    new(parameter.Name, parameter.Name, CapturedExpression.Of(CodePart.Code(parameter.Name)), false, TypeNames.NotNull(parameter.Type), CompressibleChild.No),
                    ModuleTypes.KindOf(parameter.Type));
            }
            else
            {
                problems.Add(Descriptors.RuleSignature, parameter.Locations.FirstOrDefault(), match.Name, "take tensors and modules only");
                return null;
            }
        }

        return Capture(match, inputs);
    }

    private PatternNode? Capture(IMethodSymbol match, List<string> inputs)
    {
        var graph = new GraphBuilder(inputs, []);
        var failed = false;
        var capture = new BodyCapture(context, graph, (syntax, reason) => Fail(syntax, reason));
        var syntax = match.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken);
        capture.Capture(syntax, context.SemanticModelOf(syntax.SyntaxTree));
        foreach (var (operation, text, _) in capture.OperationsWithoutKernel.Where(operation => operation.IsOpaque))
            Fail(operation, $"'{text}' is not an operation of a known kind");
        var body = graph.Build();
        if (body.DescendantsAndSelf().Any(region => region is ChoiceRegion or LoopRegion))
            Fail(syntax, "it branches; write a rule for each branch");
        if (failed || body.Steps().LastOrDefault() is not ReturnStep { Values: var results })
            return null;

        var flow = new ModelFlow(body);
        var used = new HashSet<string>(StringComparer.Ordinal);
        if (flow.Producer(results[0]) is not { } node)
        {
            Fail(syntax, "it returns its input");
            return null;
        }

        if (flow.Nodes.Find(candidate => candidate.Arguments.Count > 0) is { } withArguments)
        {
            Fail(syntax, $"'{withArguments.Text}' has arguments that are not tensors, which patterns cannot compare yet");
            return null;
        }

        if (flow.Nodes.Find(candidate => !PatternMatcher.IsEvaluated(candidate)) is { } verbatim)
        {
            Fail(syntax, $"'{verbatim.Text}' is only known as the code that a model has it in, and so cannot be rewritten yet");
            return null;
        }

        var pattern = Node(node, flow, inputs, used);
        foreach (var parameter in match.Parameters.Where(parameter => !used.Contains(parameter.Name)))
            problems.Add(Descriptors.RuleUnusedParameter, parameter.Locations.FirstOrDefault(), type.Name, parameter.Name);
        return pattern;

        void Fail(SyntaxNode place, string reason)
        {
            failed = true;
            problems.Add(Descriptors.RulePattern, place.GetLocation(), type.Name, reason);
        }
    }

    private static PatternNode Node(CapturedNode node, ModelFlow flow, List<string> inputs, HashSet<string> used)
    {
        if (node.Module is not null)
            used.Add(node.Module.Path);
        var operands = new List<PatternOperand>();
        foreach (var operand in node.Operands)
        {
            if (flow.Producer(operand) is { } producer)
            {
                operands.Add(Node(producer, flow, inputs, used));
                continue;
            }

            used.Add(inputs[operand]);
            operands.Add(new PatternInput(inputs[operand]));
        }

        return new(node.Kind, node.Module?.Path, operands.ToEquatableArray());
    }
}
