using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Matching;
using static TorchSharp.torch;

namespace StickGen.Rules;

/// <summary>A match of a rule that is applied.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Nodes">Its nodes in the order of evaluation; the last is the root.</param>
/// <param name="Names">What the names of the pattern stand for, with the original modules.</param>
internal sealed record AppliedMatch(RewriteRule Rule, IReadOnlyList<TracedNode> Nodes, RuleMatch Names);

/// <summary>
/// Finds the rules that hold in the flat graph of a live model. Matches are looked for across module boundaries too, so that
/// one that cannot be applied there is reported instead of missed.
/// </summary>
internal sealed class Matcher
{
    private readonly TracedModel model;
    private readonly PatternSearch<TracedNode, GraphValue> search;
    private readonly Dictionary<TracedNode, int> positions = [];
    private readonly Dictionary<TracedNode, AppliedMatch> claimed = [];
    private readonly List<MatchEntry> entries = [];

    private Matcher(TracedModel model)
    {
        this.model = model;
        search = new(new TracedGraph(model));
        foreach (var node in model.Nodes)
            positions.Add(node, positions.Count);
    }

    /// <summary>The match that each node is part of, and a report.</summary>
    public static (IReadOnlyDictionary<TracedNode, AppliedMatch> Applied, MatchReport Report) Run(TracedModel model)
    {
        var matcher = new Matcher(model);
        var rules = Rules(model);
        foreach (var rule in rules)
        {
            foreach (var node in matcher.Roots(rule))
                matcher.TryAt(rule, node);
        }

        return (matcher.claimed, new(matcher.entries, model));
    }

    /// <summary>The rules in the order in which they are tried.</summary>
    public static IReadOnlyList<RewriteRule> Rules(TracedModel model) =>
        [.. model.Scopes.SelectMany(s => s.Model.Rules).Distinct().OrderByDescending(r => r.Benefit).ThenBy(r => r.Name, StringComparer.Ordinal)];

    /// <summary>The nodes that a match may end in; where it may end in nodes of several kinds, those of the longest matches first.</summary>
    private IEnumerable<TracedNode> Roots(RewriteRule rule)
    {
        var kinds = rule.Form.RootKinds.ToHashSet(StringComparer.Ordinal);
        var roots = model.Nodes.Where(n => kinds.Contains(n.Kind));
        return kinds.Count == 1 ? roots : roots.OrderByDescending(n => search.At(rule.Form.Root, n).FirstOrDefault()?.NodeCount ?? 0);
    }

    private void TryAt(RewriteRule rule, TracedNode root)
    {
        MatchEntry? first = null;
        foreach (var binding in search.At(rule.Form.Root, root))
        {
            var nodes = binding.Nodes.OrderBy(n => positions[n]).ToList();
            // Part of a better match already: not worth a line.
            if (nodes.Exists(claimed.ContainsKey))
                continue;

            var names = new RuleMatch(model, nodes, binding.Names);
            var reason = ReasonAgainst(rule, nodes, root, names);
            if (reason is not null)
            {
                first ??= new(rule.Name, [.. nodes.Select(n => n.Name)], reason);
                continue;
            }

            entries.Add(new(rule.Name, [.. nodes.Select(n => n.Name)], null));
            var match = new AppliedMatch(rule, nodes, names);
            foreach (var node in nodes)
                claimed.Add(node, match);
            return;
        }

        if (first is not null)
            entries.Add(first);
    }

    private string? ReasonAgainst(RewriteRule rule, List<TracedNode> nodes, TracedNode root, RuleMatch names)
    {
        var places = nodes.Select(n => n.Site).Distinct().ToList();
        if (places.Contains(null))
            return $"'{nodes.First(n => n.Site is null).Name}' is kept verbatim in the emitted code";
        if (places.Count > 1)
            return $"it spans the sites {string.Join(" and ", places.Select(p => $"'{p!.FullName}'"))}, which are emitted apart";
        if (!root.Scope.Model.Rules.Contains(rule))
            return $"the rule is not visible where {root.Scope.Model.ModelName} is compiled";
        foreach (var node in nodes.Where(n => n != root))
        {
            if (model.Graph.Outputs.Contains(node.Output) || node.Output.Consumers.Any(c => nodes.TrueForAll(n => n.Node != c)))
                return $"the value of '{node.Name}' is read elsewhere too";
        }

        return rule.Where is null || rule.Where(names) ? null : "its condition does not hold";
    }
}
