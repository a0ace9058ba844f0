using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Matching;
using StickGen.Rules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// Finds where rules that replace modules hold in a live model: the first rule that holds at a place is applied. A module that is called
/// several times is replaced only where it is the whole match, as a new one then takes its place everywhere.
/// </summary>
internal sealed class ModuleRuleMatcher(TracedModel model, Func<nn.Module, bool> isAllowed)
{
    private readonly PatternSearch<TracedNode, GraphValue> search = new(new TracedGraph(model));
    private readonly HashSet<nn.Module> claimed = new(ReferenceEqualityComparer.Instance);

    /// <summary>The modules that are replaced, with what takes their places.</summary>
    public Dictionary<nn.Module, nn.Module> Run(IReadOnlyList<ModuleRule> rules)
    {
        var result = new Dictionary<nn.Module, nn.Module>(ReferenceEqualityComparer.Instance);
        foreach (var rule in rules)
        {
            var kinds = rule.Form.RootKinds.ToHashSet(StringComparer.Ordinal);
            foreach (var root in model.Nodes.Where(n => kinds.Contains(n.Kind)))
            {
                if (Find(rule, root) is not { } match)
                    continue;
                foreach (var (module, replacement) in rule.Replace(match.Names))
                {
                    if (!match.Modules.Contains(module))
                        throw new CompressionException($"The rule {rule.Name} replaced a {module.GetType().Name} that is not part of its match at '{root.Name}'.");
                    result.Add(module, replacement);
                }

                claimed.UnionWith(match.Modules);
            }
        }

        return result;
    }

    private (RuleMatch Names, HashSet<nn.Module> Modules)? Find(ModuleRule rule, TracedNode root)
    {
        foreach (var binding in search.At(rule.Form.Root, root))
        {
            var nodes = model.Nodes.Where(binding.Nodes.Contains).ToList();
            var modules = nodes.Select(n => n.Module).OfType<nn.Module>().ToHashSet<nn.Module>(ReferenceEqualityComparer.Instance);
            var isPossible = modules.Count > 0 && !modules.Overlaps(claimed) && isAllowed(nodes.First(n => n.Module is not null).Module!)
                && (modules.Count == 1 && nodes.Count == 1 || modules.All(m => model.Nodes.Count(n => n.Module == m) == 1))
                && nodes.Where(n => n != root).All(n => !model.Graph.Outputs.Contains(n.Output) && n.Output.Consumers.All(c => nodes.Exists(m => m.Node == c)));
            var names = new RuleMatch(model, nodes, binding.Names);
            if (isPossible && (rule.Where is null || rule.Where(names)))
                return (names, modules);
        }

        return null;
    }
}
