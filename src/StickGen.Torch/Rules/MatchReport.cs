using System.Globalization;
using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Matching;

namespace StickGen.Rules;

/// <summary>Which rules matched where in a model, and why some matches were not applied.</summary>
public sealed class MatchReport
{
    /// <summary>How many misses an error lists.</summary>
    private const int ListedMisses = 5;

    private readonly TracedModel? model;

    internal MatchReport(IReadOnlyList<MatchEntry> entries, TracedModel? model = null) => (Entries, this.model) = (entries, model);

    /// <summary>Every match, applied or not.</summary>
    public IReadOnlyList<MatchEntry> Entries { get; }

    /// <summary>Why a rule was not applied: where it came nearest, and what it failed at.</summary>
    /// <param name="rule">The rule, such as <c>ConvRelu.Rule</c>.</param>
    /// <param name="path">
    /// A node, a unit or a module of the model, by name: only patterns that would end there are considered. <see langword="null"/> for the whole model.
    /// </param>
    /// <returns>The nearest miss, or <see langword="null"/> if the rule was applied there.</returns>
    /// <exception cref="ArgumentException">The model has nothing of that name; the message lists what it has.</exception>
    public RuleMiss? WhyNot(RewriteRule rule, string? path = null)
    {
        ArgumentNullException.ThrowIfNull(rule);
        if (model is null)
            return new(rule.Name, "", "", 0, "the algorithm applies no rules (EnableFusion is false)");
        var roots = RootsAt(path);
        return roots.Exists(n => IsApplied(rule, n)) ? null : roots.Select(n => MissAt(rule, n)).MaxBy(m => m.MatchedNodes);
    }

    /// <summary>Checks that a rule was applied so many times.</summary>
    /// <param name="rule">The rule, such as <c>ConvRelu.Rule</c>.</param>
    /// <param name="count">How often.</param>
    /// <exception cref="CompressionException">It was not; the message lists what matched, and of what did not the nearest.</exception>
    public void ExpectMatches(RewriteRule rule, int count)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var matches = Entries.Where(e => e.Rule == rule.Name).ToList();
        var applied = matches.Count(e => e.IsApplied);
        if (applied == count)
            return;
        var misses = (model?.Nodes ?? []).Where(n => !IsApplied(rule, n)).Select(n => MissAt(rule, n)).Where(m => m.MatchedNodes > 0)
            .OrderByDescending(m => m.MatchedNodes).Take(ListedMisses).Select(m => $"\n  nearest: {m}");
        throw new CompressionException(string.Create(
            CultureInfo.InvariantCulture,
            $"The rule {rule.ShortName} was expected to be applied {count} times, and was {applied} times.{string.Concat(matches.Select(m => $"\n  {m}"))}{string.Concat(misses)}"));
    }

    /// <summary>A line for each match.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Entries);

    private List<TracedNode> RootsAt(string? path)
    {
        var roots = model!.Nodes.Where(n => path is null || n.Name == path || n.Site?.FullName == path || n.Name.StartsWith(path + ".", StringComparison.Ordinal)).ToList();
        return roots.Count > 0 ? roots : throw new ArgumentException(
            $"The model has no node, unit or module named '{path}'. It has {string.Join(", ", model.Nodes.Select(n => n.Name))}.", nameof(path));
    }

    private bool IsApplied(RewriteRule rule, TracedNode node) =>
        Entries.Any(e => e.IsApplied && e.Rule == rule.Name && e.Nodes.Contains(node.Name));

    private RuleMiss MissAt(RewriteRule rule, TracedNode root)
    {
        RuleMiss Miss(TracedNode node, int depth, string reason) => new(rule.Name, node.Name, node.Node.Source, depth, reason)
        {
            File = node.Scope.Model.SourceFile, Line = SourceLine.Of(node.Scope.Model, node.Line),
        };

        var search = new PatternSearch<TracedNode, GraphValue>(new TracedGraph(model!));
        if (search.At(rule.Form.Root, root).FirstOrDefault() is not { } match)
        {
            var (depth, node, reason) = search.Nearest ?? (0, root, "the pattern has too many alternatives here");
            return Miss(node ?? root, depth, reason);
        }

        // It fits, and something else is against it.
        var nodes = match.Nodes.Select(n => n.Name).ToHashSet(StringComparer.Ordinal);
        if (Entries.FirstOrDefault(e => e.Rule == rule.Name && nodes.SetEquals(e.Nodes)) is { Reason: { } against })
            return Miss(root, match.NodeCount, against);
        var better = Entries.FirstOrDefault(e => e.IsApplied && e.Nodes.Any(nodes.Contains));
        return Miss(root, match.NodeCount, better is not null
            ? $"the rule {better.Rule} was applied to {string.Join(", ", better.Nodes)}"
            : $"the rule is not visible where {root.Scope.Model.ModelName} is compiled");
    }
}

/// <summary>Where a rule came nearest to being applied.</summary>
/// <param name="Rule">The full name of the rule.</param>
/// <param name="Node">The node that the pattern does not fit, or else the last one of the match.</param>
/// <param name="Statement">The statement of <c>forward</c> that the node comes from.</param>
/// <param name="MatchedNodes">The number of nodes that do fit.</param>
/// <param name="Reason">Why the rule was not applied.</param>
public sealed record RuleMiss(string Rule, string Node, string Statement, int MatchedNodes, string Reason)
{
    /// <summary>The name of the file that the class of the node is marked in, without its folder; empty if it is not known.</summary>
    public string File { get; init; } = "";

    /// <summary>The line of the statement in <see cref="File"/>, from 1; <see langword="null"/> if it is not known, as in another part of the class.</summary>
    public int? Line { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"at '{Node}' ({(Line is { } line ? string.Create(CultureInfo.InvariantCulture, $"{File}({line}): ") : "")}{Statement}), where {MatchedNodes} nodes fit: {Reason}";
}

/// <summary>One match of a rule.</summary>
/// <param name="Rule">The full name of the rule.</param>
/// <param name="Nodes">The names of the nodes.</param>
/// <param name="Reason">Why the match was not applied, or <see langword="null"/> if it was.</param>
public sealed record MatchEntry(string Rule, IReadOnlyList<string> Nodes, string? Reason)
{
    /// <summary>Whether the match was applied.</summary>
    public bool IsApplied => Reason is null;

    /// <inheritdoc/>
    public override string ToString() => $"{Rule}({string.Join(", ", Nodes)}): {Reason ?? "applied"}";
}
