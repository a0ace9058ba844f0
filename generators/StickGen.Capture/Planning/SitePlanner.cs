using System.Collections.Immutable;
using System.Globalization;
using StickGen.Capture.Models;
using StickGen.Kinds;

namespace StickGen.Capture.Planning;

/// <summary>Divides the nodes of a model into sites.</summary>
internal static class SitePlanner
{
    /// <summary>Names that the class which holds the units has for itself.</summary>
    public static readonly ImmutableHashSet<string> ReservedNames = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "Units", "builder", "Equals", "Finalize", "GetHashCode", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString");

    /// <summary>Plans the sites of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rules">The visible rules.</param>
    /// <param name="isVerbatim">Whether a node is a call of another compressible class, which has sites of its own.</param>
    public static EquatableArray<UnitSite> Plan(
        CapturedModel model, IEnumerable<VisibleRule> rules, Func<CapturedNode, bool> isVerbatim)
    {
        var flow = new ModelFlow(model.Body);
        var candidates = new PatternMatcher(flow, node => !isVerbatim(node)).Find(rules).ToArray();
        var clusters = Cluster(flow, candidates);
        var loops = new LoopNesting(model.Body);
        var names = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        var sites = new List<UnitSite>();

        // Sites are numbered where they end: that is where the emitted line stands.
        foreach (var cluster in clusters.OrderBy(cluster => cluster.Max))
        {
            var nodes = cluster.Select(id => flow.Producer(id)!).ToArray();
            if (nodes.Length == 1 && (isVerbatim(nodes[0]) || IsKeptVerbatim(nodes[0], candidates)))
                continue;
            var labels = nodes.Select(node => node.Label).ToArray();
            var loop = loops.OfNode(cluster.Max);
            if (!names.TryGetValue(loop, out var taken))
                names.Add(loop, taken = TakenNames(model, loops, loop));
            sites.Add(new(
                Unique(string.Join("_", labels), taken),
                cluster.ToEquatableArray(),
                nodes.SelectMany(node => node.Operands).Where(value => !cluster.Contains(value)).Distinct().ToEquatableArray(),
                labels.ToEquatableArray(),
                LikelyRules(candidates.Where(candidate => cluster.Contains(candidate.Root))))
            {
                Loop = loop,
            });
        }

        return sites.ToEquatableArray();
    }

    /// <summary>The names of what stands beside the sites of a loop: other loops and, outside of all loops, the inputs.</summary>
    private static HashSet<string> TakenNames(CapturedModel model, LoopNesting loops, string loop) =>
        new(ReservedNames.Concat(loops.Inside(loop)).Concat(loop.Length == 0 ? model.Forward.Parameters.Select(p => p.Name) : []), StringComparer.Ordinal);

    private static bool IsKeptVerbatim(CapturedNode node, Candidate[] candidates) =>
        NodeKinds.OnlyMoves(node.Kind) && !candidates.Any(candidate => candidate.Root == node.Id);

    /// <summary>
    /// The clusters. A node that is inside of a candidate is read by that candidate alone, so candidates that overlap
    /// have nested roots, and their union again computes a single value.
    /// </summary>
    private static IEnumerable<SortedSet<int>> Cluster(ModelFlow flow, Candidate[] candidates)
    {
        var clusters = flow.Nodes.ToDictionary(node => node.Id, node => new SortedSet<int> { node.Id });
        foreach (var candidate in candidates)
        {
            var union = clusters[candidate.Root];
            foreach (var node in candidate.Nodes)
            {
                if (ReferenceEquals(clusters[node], union))
                    continue;
                union.UnionWith(clusters[node]);
                foreach (var member in union)
                    clusters[member] = union;
            }
        }

        return clusters.Values.Distinct();
    }

    private static EquatableArray<string> LikelyRules(IEnumerable<Candidate> candidates) =>
        LikelyMatches.Of(candidates).OrderBy(match => match.Root)
            .Select(match => match.Rule.Name.Substring(match.Rule.Name.LastIndexOf('.') + 1))
            .ToEquatableArray();

    private static string Unique(string name, HashSet<string> names)
    {
        var unique = name;
        for (var i = 2; !names.Add(unique); i++)
            unique = name + "_" + i.ToString(CultureInfo.InvariantCulture);
        return unique;
    }
}
