using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Forward;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;
using StickGen.Capture.Planning;
using StickGen.Kinds;
using StickGen.Matching;

namespace StickGen.Capture.Rules;

/// <summary>Captures the body of a <c>[Match]</c> method, as a <c>forward</c> is captured, and reads it as a pattern.</summary>
internal sealed class PatternParser(
    INamedTypeSymbol type, Compilation compilation, ProblemList problems, CancellationToken cancellationToken)
{
    private const string AnyOf = "any_of";
    private const string Elementwise = "elementwise";

    /// <summary>Optional nodes inside of each other repeat what is below them.</summary>
    private const int PartLimit = 1000;

    private readonly CaptureContext context = new(type, compilation, problems, cancellationToken);
    private readonly List<string> inputs = [];
    private readonly HashSet<string> lists = new(StringComparer.Ordinal);
    private readonly HashSet<string> numbers = new(StringComparer.Ordinal);
    private readonly HashSet<string> used = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CapturedExpression> locals = new(StringComparer.Ordinal);
    private bool failed;
    private int parts;

    public PatternPart? Parse(IMethodSymbol match)
    {
        var known = context.Known;
        if (!known.IsTensor(match.ReturnType))
        {
            problems.Add(Descriptors.RuleSignature, match.Locations.FirstOrDefault(), match.Name, "return a Tensor");
            return null;
        }

        foreach (var parameter in match.Parameters)
        {
            if (known.IsTensor(parameter.Type))
            {
                context.Bindings[parameter] = new TensorBinding(inputs.Count);
                inputs.Add(parameter.Name);
            }
            else if (known.IsTensorList(parameter.Type))
            {
                context.Bindings[parameter] = new RealListBinding(inputs.Count);
                inputs.Add(parameter.Name);
                lists.Add(parameter.Name);
            }
            else if (IsNumber(parameter.Type))
            {
                context.Bindings[parameter] = new ExpressionBinding(CapturedExpression.Of(CodePart.Code(parameter.Name)));
                numbers.Add(parameter.Name);
            }
            else if (known.IsModule(parameter.Type))
            {
                context.Bindings[parameter] = new ModuleBinding(
                    new(parameter.Name, parameter.Name, CapturedExpression.Of(CodePart.Code(parameter.Name)), false, TypeNames.NotNull(parameter.Type), CompressibleChild.No),
                    ModuleTypes.KindOf(parameter.Type));
            }
            else
            {
                problems.Add(Descriptors.RuleSignature, parameter.Locations.FirstOrDefault(), match.Name, "take tensors, lists of tensors, modules and numbers only");
                return null;
            }
        }

        return Capture(match);
    }

    /// <summary>Whether a literal can be captured by a parameter of the type.</summary>
    public static bool IsNumber(ITypeSymbol type) =>
        type.SpecialType is SpecialType.System_Double or SpecialType.System_Single or SpecialType.System_Int32 or SpecialType.System_Int64;

    private PatternPart? Capture(IMethodSymbol match)
    {
        var graph = new GraphBuilder(inputs, []);
        var capture = new BodyCapture(context, graph) { PatternKind = PatternKind };
        var syntax = match.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken);
        capture.Capture(syntax, context.SemanticModelOf(syntax.SyntaxTree));
        foreach (var failure in capture.Failures)
            Fail(failure.Place, failure.Reason);
        foreach (var (operation, text, _) in capture.OperationsWithoutKernel.Where(operation => operation.IsOpaque))
            Fail(operation, $"'{text}' is not an operation of a known kind");
        var body = graph.Build();
        if (body.DescendantsAndSelf().Any(region => region is ChoiceRegion or LoopRegion))
            Fail(syntax, "it branches; write a [Match] method for each branch");
        if (failed || body.Steps().LastOrDefault() is not ReturnStep { Values: var results })
            return null;

        foreach (var local in body.Steps().OfType<LocalStep>().Where(local => local.Value is not null))
            locals[local.Name] = local.Value!;
        var flow = new ModelFlow(body);
        var pattern = Part(results[0], flow, syntax);
        if (!failed && !EndsInNode(pattern))
            Fail(syntax, "it returns its input");
        foreach (var parameter in failed ? [] : match.Parameters.Where(parameter => !used.Contains(parameter.Name)))
            problems.Add(Descriptors.RuleUnusedParameter, parameter.Locations.FirstOrDefault(), type.Name, parameter.Name);
        return failed ? null : pattern;
    }

    private void Fail(SyntaxNode place, string reason)
    {
        failed = true;
        problems.Add(Descriptors.RulePattern, place.GetLocation(), type.Name, reason);
    }

    private static string? PatternKind(IInvocationOperation call) =>
        !KnownTypes.Is(call.TargetMethod.ContainingType, KnownTypes.Patterns) ? null
        : call.TargetMethod.Name switch
        {
            "Any" => PatternInput.Any,
            "Elementwise" => Elementwise,
            _ => AnyOf,
        };

    /// <summary>Whether each alternative is at least one node.</summary>
    private static bool EndsInNode(PatternPart part) => part switch
    {
        PatternCall => true,
        PatternAlternatives alternatives => alternatives.Parts.All(EndsInNode),
        PatternChain chain => EndsInNode(chain.Operand),
        _ => false,
    };

    private PatternPart Part(int value, ModelFlow flow, SyntaxNode syntax)
    {
        if (++parts > PartLimit)
        {
            if (!failed)
                Fail(syntax, "its alternatives repeat too much");
            return new PatternInput(PatternInput.Any);
        }

        if (flow.Producer(value) is not { } node)
        {
            var name = inputs[value];
            used.Add(name);
            return lists.Contains(name) ? new PatternList(name) : new PatternInput(name);
        }

        var operands = node.Operands.Select(operand => Part(operand, flow, syntax)).ToArray();
        return node.Kind switch
        {
            PatternInput.Any => new PatternInput(PatternInput.Any),
            Elementwise => new PatternChain(operands[0]),
            AnyOf => new PatternAlternatives(operands),
            _ => Call(node, operands, syntax),
        };
    }

    private PatternCall Call(CapturedNode node, PatternPart[] operands, SyntaxNode syntax)
    {
        if (node.Module is not null)
            used.Add(node.Module.Path);
        node = node with { Arguments = node.Arguments.Select(argument => argument with { Value = Resolve(argument.Value) }).ToEquatableArray() };
        var settings = node.Module is null ? Settings(node, syntax) : [];
        if (!failed && node.Module is null && !PatternMatcher.IsEvaluated(WithoutCaptures(node)))
            Fail(syntax, $"'{node.Text}' is only known as the code that a model has it in, and so cannot be rewritten yet");
        return new(node.Kind, node.Module?.Path, [.. settings], operands);
    }

    /// <summary>What a match may be: each captured number is a literal there.</summary>
    private CapturedNode WithoutCaptures(CapturedNode node) => node with
    {
        Arguments = node.Arguments.Select(argument => Captured(argument) is null ? argument : argument with { Value = CapturedExpression.Of(CodePart.Code("0")) }).ToEquatableArray(),
    };

    private List<PatternSetting> Settings(CapturedNode node, SyntaxNode syntax)
    {
        var settings = new List<PatternSetting>();
        var comparable = CallSettings.Names(node.Kind).ToArray();
        foreach (var argument in node.Arguments.Where(argument => argument.Parameter is null || (argument.Parameter != "numberFirst" && !comparable.Contains(argument.Parameter))))
            Fail(syntax, $"'{node.Text}' has arguments that are not tensors, which patterns cannot compare yet");
        foreach (var name in comparable)
        {
            var argument = node.Arguments.FirstOrDefault(candidate => candidate.Parameter == name);
            if (argument is not null && Captured(argument) is { } captured)
            {
                used.Add(captured);
                settings.Add(new(name, captured, default));
            }
            else if (CallSettings.Of(node, name) is { } value)
            {
                settings.Add(new(name, null, value));
            }
            else if (!failed)
            {
                Fail(syntax, $"'{node.Text}' has an argument that is neither a literal nor a parameter of the pattern");
            }
        }

        return settings;
    }

    /// <summary>What a local stands for, such as the parameter of a helper that is inlined.</summary>
    private CapturedExpression Resolve(CapturedExpression expression)
    {
        while (expression.Forward is { Count: 1 } code && code[0].Kind == CodePartKind.Local && locals.TryGetValue(code[0].Text, out var value))
            expression = value;
        return expression;
    }

    /// <summary>The parameter of the pattern that captures an argument, or <see langword="null"/>.</summary>
    private string? Captured(CapturedArgument argument) =>
        argument.Value.Forward is { Count: 1 } code && code[0].Kind == CodePartKind.Code && numbers.Contains(code[0].Text) ? code[0].Text : null;
}
