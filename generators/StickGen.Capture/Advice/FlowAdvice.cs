using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Forward;
using StickGen.Capture.Models;
using StickGen.Capture.Planning;
using StickGen.Kinds;

namespace StickGen.Capture.Advice;

/// <summary>What can be told of a <c>forward</c> that was captured, from what flows into what.</summary>
/// <param name="context">What is known of the class.</param>
/// <param name="variants">What is emitted for it.</param>
/// <param name="signature">Its signature.</param>
/// <param name="capture">What was met while it was captured.</param>
/// <param name="finalNumber">The number in the captured body of a value that had another one while it was captured.</param>
internal sealed class FlowAdvice(
    CaptureContext context, EmittedVariants variants, ForwardSignature signature, BodyCapture capture, Func<int, int> finalNumber)
{
    public void Add(SequenceRegion body)
    {
        var places = new Dictionary<int, SyntaxNode>();
        foreach (var place in capture.Places)
            places[finalNumber(place.Key)] = place.Value;
        var flow = new ModelFlow(body);
        ReturnedInputs(body);
        foreach (var call in capture.CallsOnCopies)
            context.Problems.Add(Descriptors.InPlaceOnObserved, call.GetLocation(), OneLine.Of(call), Advised(call));
        foreach (var node in flow.Nodes)
        {
            if (!places.TryGetValue(node.Id, out var place))
                continue;
            if (BlockedFold(node, flow) is var (activation, layer))
                context.Problems.Add(Descriptors.FoldBlocked, place.GetLocation(), node.Text, activation.Text, layer.Text);
            if (variants.HasFlag(EmittedVariants.Pruned) && IsConstantReshape(node) && FollowsConvolution(node, flow))
                context.Problems.Add(Descriptors.ConstantReshape, place.GetLocation(), node.Text);
        }

        CalledTwice(body, new(StringComparer.Ordinal), places, isRepeated: false);
    }

    /// <summary>What says the same as a call in place.</summary>
    private static string Advised(SyntaxNode call) => call is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: var name } }
        && KnownCalls.IsInPlace(name)
            ? $"'{name.TrimEnd('_')}'"
            : "it without 'inplace'";

    /// <summary>The normalization after an activation after a layer that it could be folded into, if nothing else reads what is between them.</summary>
    private static (CapturedNode Activation, CapturedNode Layer)? BlockedFold(CapturedNode node, ModelFlow flow) =>
        node.Kind.StartsWith("batch_norm", StringComparison.Ordinal)
        && flow.Producer(node.Operands[0]) is { Operands: { Count: 1 } input } activation
        && NodeKinds.Get(activation.Kind).IsElementwise && flow.IsReadOnlyBy(activation.Id, [node.Id])
        && flow.Producer(input[0]) is { } layer && IsFoldable(layer.Kind) && flow.IsReadOnlyBy(layer.Id, [activation.Id])
            ? (activation, layer)
            : null;

    private static bool IsFoldable(string kind) => kind == NodeKinds.Linear || kind.StartsWith("conv", StringComparison.Ordinal);

    /// <summary>Whether a node makes rows of a number of features that is written there.</summary>
    private static bool IsConstantReshape(CapturedNode node) =>
        node is { Kind: "reshape", Module: null, Operands.Count: 1, Arguments: { Count: 2 } sizes }
        && IsBatch(sizes[0].Value)
        && sizes[1].Value.Forward is { Count: 1 } features
        && features[0].Kind == CodePartKind.Code
        && features[0].Text.All(c => char.IsDigit(c) || c is '_' or ' ' or '*');

    private static bool IsBatch(CapturedExpression size) => size.Forward switch
    {
        { Count: 1 } code => code[0] is { Kind: CodePartKind.Code, Text: "-1" },
        { Count: 2 } read => read[0].Kind == CodePartKind.Value && read[1].Text is ".shape[0]" or ".size(0)",
        _ => false,
    };

    private static bool FollowsConvolution(CapturedNode node, ModelFlow flow)
    {
        var seen = new HashSet<int>();
        var open = new Stack<int>(node.Operands);
        while (open.Count > 0)
        {
            if (flow.Producer(open.Pop()) is not { } producer || !seen.Add(producer.Id) || producer.Kind == NodeKinds.Linear)
                continue;
            if (producer.Kind.StartsWith("conv", StringComparison.Ordinal) && producer.Module is not null)
                return true;
            foreach (var operand in producer.Operands)
                open.Push(operand);
        }

        return false;
    }

    /// <summary>The inputs that are returned, directly or by a branch.</summary>
    private void ReturnedInputs(SequenceRegion body)
    {
        // A loop that does not run at all is not worth a word.
        var joins = body.DescendantsAndSelf().OfType<ChoiceRegion>().SelectMany(choice => choice.Joins).ToDictionary(join => join.Id, join => join.Initial);
        var sources = body.Steps().OfType<JoinStep>().Where(step => joins.ContainsKey(step.Join)).Select(step => (step.Join, step.Value))
            .Concat(joins.Where(join => join.Value >= 0).Select(join => (Join: join.Key, join.Value)))
            .ToLookup(step => step.Join, step => step.Value);
        foreach (var (value, syntax) in capture.Returns)
        {
            if (Input(finalNumber(value), sources, depth: 0) is { } input)
                context.Problems.Add(Descriptors.InputReturned, syntax.GetLocation(), context.Type.Name, signature.Parameters[input].Name);
        }
    }

    private int? Input(int value, ILookup<int, int> sources, int depth)
    {
        if (value >= 0 && value < signature.Parameters.Count)
            return value;
        if (depth > 64)
            return null;
        foreach (var source in sources[value])
        {
            if (Input(source, sources, depth + 1) is { } input)
                return input;
        }

        return null;
    }

    /// <summary>Finds calls of a compressible module that may run when it has been called already.</summary>
    /// <param name="region">Where to look.</param>
    /// <param name="called">The paths of the modules that may have been called.</param>
    /// <param name="places">Where the nodes are written.</param>
    /// <param name="isRepeated">Whether it runs several times.</param>
    private void CalledTwice(CapturedRegion region, HashSet<string> called, Dictionary<int, SyntaxNode> places, bool isRepeated)
    {
        switch (region)
        {
            case SequenceRegion sequence:
                foreach (var inner in sequence.Regions)
                    CalledTwice(inner, called, places, isRepeated);
                break;
            case LoopRegion loop:
                CalledTwice(loop.Body, called, places, isRepeated: true);
                break;
            case ChoiceRegion choice:
                var after = new HashSet<string>(called, StringComparer.Ordinal);
                foreach (var branch in choice.Branches)
                {
                    var inBranch = new HashSet<string>(called, StringComparer.Ordinal);
                    CalledTwice(branch.Body, inBranch, places, isRepeated);
                    if (!branch.Body.Steps().Any(step => step is ReturnStep or ThrowStep))
                        after.UnionWith(inBranch);
                }

                called.UnionWith(after);
                break;
            case StatementRegion statement:
                foreach (var node in statement.Steps.OfType<NodeStep>().Select(step => step.Node))
                {
                    if (node.Module is { IsDynamic: false, Compressible: not CompressibleChild.No, Path: var path } && (!called.Add(path) || isRepeated) && places.TryGetValue(node.Id, out var place))
                        context.Problems.Add(Descriptors.ModuleCalledTwice, place.GetLocation(), context.Type.Name, path);
                }

                break;
        }
    }
}
