using StickGen.Capture.Models;
using StickGen.Kinds;
using StickGen.Matching;

namespace StickGen.Capture.Planning;

/// <summary>Finds the candidates of rules in a captured model.</summary>
internal sealed class PatternMatcher(ModelFlow flow, Func<CapturedNode, bool> isMatchable) : IPatternGraph<CapturedNode, int>
{
    /// <summary>All candidates, in the order of their roots and then of the rules.</summary>
    public IEnumerable<Candidate> Find(IEnumerable<VisibleRule> rules)
    {
        var byKind = rules.SelectMany(rule => rule.Pattern.RootKinds.Select(kind => (kind, rule)))
            .ToLookup(pair => pair.kind, pair => pair.rule, StringComparer.Ordinal);
        var search = new PatternSearch<CapturedNode, int>(this);
        foreach (var root in flow.Nodes)
        {
            foreach (var rule in byKind[root.Kind])
            {
                var match = search.At(rule.Pattern.Root, root)
                    .Select(binding => new SortedSet<int>(binding.Nodes.Select(node => node.Id)))
                    .FirstOrDefault(nodes => IsSelfContained(nodes, root));
                if (match is not null)
                    yield return new(rule, root.Id, match.ToEquatableArray());
            }
        }
    }

    CapturedNode? IPatternGraph<CapturedNode, int>.Producer(int value) =>
        flow.Producer(value) is { } node && isMatchable(node) && IsEvaluated(node) ? node : null;

    int IPatternGraph<CapturedNode, int>.Output(CapturedNode node) => node.Id;

    string IPatternGraph<CapturedNode, int>.Kind(CapturedNode node) => node.Kind;

    IReadOnlyList<int> IPatternGraph<CapturedNode, int>.Operands(CapturedNode node) => [.. node.Operands];

    object? IPatternGraph<CapturedNode, int>.Module(CapturedNode node) => node.Module?.Path;

    SettingValue? IPatternGraph<CapturedNode, int>.Setting(CapturedNode node, string name) => node.Module is null ? CallSettings.Of(node, name) : null;

    string IPatternGraph<CapturedNode, int>.Describe(CapturedNode node) => node.Text;

    /// <summary>Whether the node can be computed where its pattern fits and its rule does not hold.</summary>
    public static bool IsEvaluated(CapturedNode node) =>
        node.Module is not null
        || CallSettings.IsOperator(node)
        || (NodeKinds.Get(node.Kind) is { IsEvaluated: true } kind
            && (kind.Behavior != KindBehavior.Float || node.Arguments.Count == 0 || (kind.IsElementwise && node.Arguments.All(CallSettings.IsConstant))));

    /// <summary>A value inside of a pattern disappears with it, so nothing else may read it, and no branch begins after it.</summary>
    private bool IsSelfContained(ICollection<int> nodes, CapturedNode root) => nodes.All(node =>
        node == root.Id || (flow.IsReadOnlyBy(node, nodes) && flow.RegionOf(flow.Producer(node)!) == flow.RegionOf(root)));
}
