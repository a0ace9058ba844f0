using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Kinds;
using static TorchSharp.torch;

namespace StickGen.Rules;

/// <summary>A match of a rule that is applied.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Nodes">Its nodes in the order of evaluation; the last is the root.</param>
/// <param name="Modules">The original modules.</param>
internal sealed record AppliedMatch(RewriteRule Rule, IReadOnlyList<TracedNode> Nodes, RuleMatch Modules);

/// <summary>
/// Finds the rules that hold in the flat graph of a live model. Matches are looked for across module boundaries too, so that
/// one that cannot be applied there is reported instead of missed.
/// </summary>
internal sealed class Matcher
{
    private readonly TracedModel model;
    private readonly Dictionary<GraphValue, TracedNode> producers;
    private readonly Dictionary<TracedNode, int> positions = [];
    private readonly Dictionary<TracedNode, AppliedMatch> claimed = [];
    private readonly List<MatchEntry> entries = [];

    private Matcher(TracedModel model)
    {
        this.model = model;
        producers = model.Nodes.ToDictionary(n => n.Output);
        foreach (var node in model.Nodes)
            positions.Add(node, positions.Count);
    }

    /// <summary>The match that each node is part of, and a report.</summary>
    public static (IReadOnlyDictionary<TracedNode, AppliedMatch> Applied, MatchReport Report) Run(TracedModel model)
    {
        var matcher = new Matcher(model);
        var rules = model.Scopes.SelectMany(s => s.Model.Rules).Distinct()
            .OrderByDescending(r => r.Benefit).ThenBy(r => r.Name, StringComparer.Ordinal);
        foreach (var rule in rules)
        {
            foreach (var node in model.Nodes)
                matcher.TryAt(rule, node);
        }

        return (matcher.claimed, new(matcher.entries));
    }

    private void TryAt(RewriteRule rule, TracedNode root)
    {
        var binding = new Binding();
        if (!Matches(rule.Root, root.Output, binding))
            return;
        var nodes = binding.Nodes.OrderBy(n => positions[n]).ToList();
        // Part of a better match already: not worth a line.
        if (nodes.Exists(claimed.ContainsKey))
            return;

        var modules = new RuleMatch(binding.Modules);
        var reason = ReasonAgainst(rule, nodes, root, modules);
        entries.Add(new(rule.Name, [.. nodes.Select(n => n.Name)], reason));
        if (reason is not null)
            return;
        var match = new AppliedMatch(rule, nodes, modules);
        foreach (var node in nodes)
            claimed.Add(node, match);
    }

    private string? ReasonAgainst(RewriteRule rule, List<TracedNode> nodes, TracedNode root, RuleMatch modules)
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

        return rule.Where is null || rule.Where(modules) ? null : "its condition does not hold";
    }

    private bool Matches(PatternNode pattern, GraphValue value, Binding binding)
    {
        if (pattern is PatternInput input)
            return binding.TryAdd(input.Name, value);
        var call = (PatternCall)pattern;
        if (!producers.TryGetValue(value, out var node) || node.Kind != call.Kind || node.Inputs.Count != call.Operands.Length)
            return false;
        if (call.Module is not null && (node.Module is null || !binding.TryAdd(call.Module, node.Module)))
            return false;
        binding.Nodes.Add(node);

        var before = binding.Copy();
        if (OperandsMatch(call.Operands, node.Inputs, binding))
            return true;
        if (!NodeKinds.IsCommutative(node.Kind) || node.Inputs.Count != 2)
            return false;
        binding.Restore(before);
        return OperandsMatch(call.Operands, [node.Inputs[1], node.Inputs[0]], binding);
    }

    private bool OperandsMatch(PatternNode[] operands, IReadOnlyList<GraphValue> values, Binding binding)
    {
        for (var i = 0; i < operands.Length; i++)
        {
            if (!Matches(operands[i], values[i], binding))
                return false;
        }

        return true;
    }

    /// <summary>What the names of a pattern stand for so far.</summary>
    private sealed class Binding
    {
        private Dictionary<string, GraphValue> inputs = new(StringComparer.Ordinal);

        public Dictionary<string, nn.Module> Modules { get; private set; } = new(StringComparer.Ordinal);

        public HashSet<TracedNode> Nodes { get; private set; } = [];

        public bool TryAdd(string name, GraphValue value) => inputs.TryAdd(name, value) || inputs[name] == value;

        public bool TryAdd(string name, nn.Module module) => Modules.TryAdd(name, module) || Modules[name] == module;

        public Binding Copy() => new()
        {
            inputs = new(inputs, StringComparer.Ordinal),
            Modules = new(Modules, StringComparer.Ordinal),
            Nodes = [.. Nodes],
        };

        public void Restore(Binding saved)
        {
            var copy = saved.Copy();
            (inputs, Modules, Nodes) = (copy.inputs, copy.Modules, copy.Nodes);
        }
    }
}
