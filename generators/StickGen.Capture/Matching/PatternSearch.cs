using StickGen.Kinds;

namespace StickGen.Matching;

/// <summary>Finds the ways in which a pattern fits a graph where a node is its end.</summary>
/// <typeparam name="TNode">The nodes.</typeparam>
/// <typeparam name="TValue">The values.</typeparam>
internal sealed class PatternSearch<TNode, TValue>(IPatternGraph<TNode, TValue> graph)
    where TNode : class
    where TValue : notnull
{
    /// <summary>A pattern of alternatives inside of alternatives is tried so many times at one node, and no more.</summary>
    private const int Limit = 100_000;

    private int steps;

    /// <summary>Where the pattern failed when it had come furthest: the number of nodes that did fit, the node if there is one, and why.</summary>
    public (int Depth, TNode? Node, string Reason)? Nearest { get; private set; }

    /// <summary>The matches, in the order of the alternatives.</summary>
    public IEnumerable<PatternBinding<TNode>> At(PatternPart pattern, TNode root)
    {
        steps = 0;
        return Part(pattern, graph.Output(root), PatternBinding<TNode>.Empty);
    }

    private IEnumerable<PatternBinding<TNode>> Part(PatternPart pattern, TValue value, PatternBinding<TNode> binding)
    {
        if (++steps > Limit)
            return [];
        return pattern switch
        {
            PatternInput { Name: PatternInput.Any } => [binding],
            PatternInput input => Bind(input.Name, value, binding, value),
            PatternAlternatives alternatives => alternatives.Parts.SelectMany(part => Part(part, value, binding)),
            PatternChain chain => Chain(chain, value, binding),
            PatternCall call => Call(call, value, binding),
            _ => [],
        };
    }

    private IEnumerable<PatternBinding<TNode>> Bind(string name, object bound, PatternBinding<TNode> binding, TValue place)
    {
        if (binding.Bind(name, bound) is { } next)
            return [next];
        return Fail(binding, graph.Producer(place), $"'{name}' is another value here");
    }

    /// <summary>The longest chain first.</summary>
    private IEnumerable<PatternBinding<TNode>> Chain(PatternChain chain, TValue value, PatternBinding<TNode> binding)
    {
        if (graph.Producer(value) is { } node && NodeKinds.Get(graph.Kind(node)).IsElementwise && graph.Operands(node) is { Count: 1 } operands)
        {
            foreach (var match in Part(chain, operands[0], binding.With(node)))
                yield return match;
        }

        foreach (var match in Part(chain.Operand, value, binding))
            yield return match;
    }

    private IEnumerable<PatternBinding<TNode>> Call(PatternCall pattern, TValue value, PatternBinding<TNode> binding)
    {
        if (graph.Producer(value) is not { } node)
            return Fail(binding, null, $"the pattern wants '{pattern.Kind}', and there is an input or code that no rule can contain");
        if (graph.Kind(node) != pattern.Kind)
            return Fail(binding, node, $"it is '{graph.Kind(node)}', and the pattern wants '{pattern.Kind}'");
        if (pattern.Module is not null)
        {
            if (graph.Module(node) is not { } module)
                return Fail(binding, node, $"the pattern wants a module '{pattern.Module}', and it is a function");
            if (binding.Bind(pattern.Module, module) is not { } withModule)
                return Fail(binding, node, $"'{pattern.Module}' is another module here");
            binding = withModule;
        }

        foreach (var setting in pattern.Settings)
        {
            var actual = graph.Setting(node, setting.Name);
            if (setting.Capture is not null)
            {
                if (binding.Bind(setting.Capture, actual) is not { } captured)
                    return Fail(binding, node, $"'{setting.Capture}' is {actual} here");
                binding = captured;
            }
            else if (actual is { } known && !known.Equals(setting.Value))
            {
                return Fail(binding, node, $"its {setting.Name} is {known}, and the pattern wants {setting.Value}");
            }
        }

        binding = binding.With(node);
        var operands = graph.Operands(node);
        if (pattern.Operands.Length == 1 && pattern.Operands[0] is PatternList list)
            return Bind(list.Name, operands.Select(operand => (object)operand).ToArray(), binding, value);
        if (operands.Count != pattern.Operands.Length)
            return Fail(binding, node, $"it reads {operands.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)} tensors, and the pattern wants {pattern.Operands.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)}");
        var matches = Operands(pattern, operands, binding);
        return operands.Count == 2 && NodeKinds.IsCommutative(pattern.Kind)
            ? matches.Concat(Operands(pattern, [operands[1], operands[0]], binding))
            : matches;
    }

    private IEnumerable<PatternBinding<TNode>> Operands(PatternCall pattern, IReadOnlyList<TValue> values, PatternBinding<TNode> binding)
    {
        IEnumerable<PatternBinding<TNode>> matches = [binding];
        for (var i = 0; i < values.Count; i++)
        {
            var (operand, value) = (pattern.Operands[i], values[i]);
            matches = matches.SelectMany(match => Part(operand, value, match));
        }

        return matches;
    }

    private IEnumerable<PatternBinding<TNode>> Fail(PatternBinding<TNode> binding, TNode? node, string reason)
    {
        // Of two that come as far, the first is what the pattern says first.
        if (Nearest is null || binding.NodeCount > Nearest.Value.Depth)
            Nearest = (binding.NodeCount, node, node is null ? reason : $"'{graph.Describe(node)}': {reason}");
        return [];
    }
}
