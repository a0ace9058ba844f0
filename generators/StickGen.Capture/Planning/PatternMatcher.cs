using System.Collections.Immutable;
using StickGen.Capture.Models;
using StickGen.Kinds;

namespace StickGen.Capture.Planning;

/// <summary>Finds the candidates of rules in a captured model.</summary>
internal sealed class PatternMatcher(ModelFlow flow, Func<CapturedNode, bool> isMatchable)
{
    /// <summary>All candidates, in the order of their roots and then of the rules.</summary>
    public IEnumerable<Candidate> Find(IEnumerable<VisibleRule> rules)
    {
        var byKind = rules.ToLookup(rule => rule.Pattern.Kind, StringComparer.Ordinal);
        foreach (var root in flow.Nodes)
        {
            foreach (var rule in byKind[root.Kind])
            {
                var match = MatchNode(rule.Pattern, root, Match.Empty).FirstOrDefault(m => IsSelfContained(m, root));
                if (match is not null)
                    yield return new(rule, root.Id, match.Nodes.ToEquatableArray());
            }
        }
    }

    /// <summary>A value inside of a pattern disappears with it, so nothing else may read it, and no branch begins after it.</summary>
    private bool IsSelfContained(Match match, CapturedNode root) => match.Nodes.All(node =>
        node == root.Id || (flow.IsReadOnlyBy(node, match.Nodes) && flow.RegionOf(flow.Producer(node)!) == flow.RegionOf(root)));

    private IEnumerable<Match> MatchOperand(PatternOperand pattern, int value, Match match) => pattern switch
    {
        PatternInput input => match.BindValue(input.Name, value) is { } bound ? [bound] : [],
        PatternNode node when flow.Producer(value) is { } producer => MatchNode(node, producer, match),
        _ => [],
    };

    private IEnumerable<Match> MatchNode(PatternNode pattern, CapturedNode node, Match match)
    {
        if (node.Kind != pattern.Kind || node.Operands.Count != pattern.Operands.Count || !isMatchable(node) || !IsEvaluated(node))
            return [];
        if (pattern.Module is not null)
        {
            if (node.Module is null || match.BindModule(pattern.Module, node.Module.Path) is not { } bound)
                return [];
            match = bound;
        }

        match = match.With(node.Id);
        var matches = MatchOperands(pattern, [.. node.Operands], match);
        return NodeKinds.IsCommutative(node.Kind)
            ? matches.Concat(MatchOperands(pattern, [.. node.Operands.Reverse()], match))
            : matches;
    }

    /// <summary>Whether the node can be computed where its pattern fits and its rule does not hold.</summary>
    public static bool IsEvaluated(CapturedNode node) =>
        node.Module is not null
        || (NodeKinds.Get(node.Kind) is { IsEvaluated: true } kind && (kind.Behavior != KindBehavior.Float || node.Arguments.Count == 0));

    private IEnumerable<Match> MatchOperands(PatternNode pattern, int[] operands, Match match)
    {
        IEnumerable<Match> matches = [match];
        for (var i = 0; i < operands.Length; i++)
        {
            var (operand, value) = (pattern.Operands[i], operands[i]);
            matches = matches.SelectMany(m => MatchOperand(operand, value, m));
        }

        return matches;
    }

    /// <summary>What the names of a pattern are bound to so far.</summary>
    private sealed record Match(
        ImmutableSortedSet<int> Nodes, ImmutableDictionary<string, int> Values, ImmutableDictionary<string, string> Modules)
    {
        public static readonly Match Empty = new([], ImmutableDictionary<string, int>.Empty, ImmutableDictionary<string, string>.Empty);

        public Match With(int node) => this with { Nodes = Nodes.Add(node) };

        public Match? BindValue(string name, int value) => Values.TryGetValue(name, out var bound)
            ? bound == value ? this : null
            : this with { Values = Values.Add(name, value) };

        public Match? BindModule(string name, string path) => Modules.TryGetValue(name, out var bound)
            ? bound == path ? this : null
            : this with { Modules = Modules.Add(name, path) };
    }
}
