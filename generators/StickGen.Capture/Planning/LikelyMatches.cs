using StickGen.Capture.Models;
using StickGen.Matching;

namespace StickGen.Capture.Planning;

/// <summary>The matches that are applied if every condition holds: of those that overlap, the first by benefit, then by name.</summary>
internal static class LikelyMatches
{
    /// <summary>Chooses among candidates.</summary>
    public static IReadOnlyList<Candidate> Of(IEnumerable<Candidate> candidates)
    {
        var covered = new HashSet<int>();
        var chosen = new List<Candidate>();
        foreach (var candidate in candidates.OrderByDescending(c => c.Rule.Benefit).ThenBy(c => c.Rule.Name, StringComparer.Ordinal).ThenByDescending(c => c.Nodes.Count))
        {
            if (candidate.Nodes.Any(covered.Contains))
                continue;
            covered.UnionWith(candidate.Nodes);
            chosen.Add(candidate);
        }

        return chosen;
    }

    /// <summary>Finds the likely matches in a model. What is computed in other compressible classes is matched there.</summary>
    public static IReadOnlyList<Candidate> In(CapturedModel model, IEnumerable<VisibleRule> rules) => Of(Candidates(model, rules));

    /// <summary>Finds the places in a model where patterns fit.</summary>
    public static IEnumerable<Candidate> Candidates(CapturedModel model, IEnumerable<VisibleRule> rules) =>
        new PatternMatcher(new ModelFlow(model.Body), IsMatchable).Find(rules);

    /// <summary>Where a rule comes nearest to a match that is not likely, and what it fails at.</summary>
    public static string? NearestMiss(CapturedModel model, VisibleRule rule, IEnumerable<Candidate> likely)
    {
        var flow = new ModelFlow(model.Body);
        var own = new HashSet<int>(likely.Where(match => match.Rule.Name == rule.Name).SelectMany(match => match.Nodes));
        var covered = likely.Where(match => match.Rule.Name != rule.Name).SelectMany(match => match.Nodes.Select(node => (node, match.Rule.Name))).ToLookup(pair => pair.node, pair => pair.Name);
        (int Depth, string Reason)? nearest = null;
        foreach (var root in flow.Nodes.Where(node => !own.Contains(node.Id)))
        {
            var search = new PatternSearch<CapturedNode, int>(new PatternMatcher(flow, IsMatchable));
            var miss = search.At(rule.Pattern.Root, root).FirstOrDefault() is { } match
                ? (match.NodeCount, covered[root.Id].FirstOrDefault() is { } better
                    ? $"'{root.Text}' goes to the rule {better}"
                    : $"what is inside of '{root.Text}' is read elsewhere too, or belongs to another match")
                : (search.Nearest?.Depth ?? 0, search.Nearest?.Reason ?? "");
            if (miss.Item1 > (nearest?.Depth ?? 0))
                nearest = miss;
        }

        return nearest?.Reason;
    }

    private static bool IsMatchable(CapturedNode node) => node.Module is null or { Compressible: CompressibleChild.No };
}
