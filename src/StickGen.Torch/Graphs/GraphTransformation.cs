using StickGen.Compression;
using StickGen.Matching;

namespace StickGen.Graphs;

/// <summary>Replaces what fits a pattern in a graph that is being edited.</summary>
public static class GraphTransformation
{
    private const int MaximalPasses = 100;

    /// <summary>
    /// Replaces each place that a pattern fits. A graph is flat, so that a pattern fits across modules too. What a replacement adds is not matched in the
    /// same pass, and of places that overlap the first is taken.
    /// </summary>
    /// <param name="editor">The graph.</param>
    /// <param name="pattern">
    /// The pattern in the form of compiled rules, such as <c>(relu (conv2d:conv $x))</c>; that of a rule is its <see cref="Rules.RewriteRule.Pattern"/>.
    /// </param>
    /// <param name="replacement">Adds nodes and returns the value that takes the place of what the pattern computes.</param>
    /// <param name="repeat">Whether it is done again until nothing fits any more.</param>
    /// <returns>The number of places.</returns>
    /// <exception cref="FormatException">The text is no pattern; the message says where.</exception>
    /// <exception cref="ArgumentException">The replacement or what follows it does not fit; the places before it are replaced.</exception>
    /// <exception cref="CompressionException">With <paramref name="repeat"/>: the pattern fits what the replacement makes, so that there is no end.</exception>
    public static int Transform(this GraphEditor editor, string pattern, Func<GraphMatch, GraphFragment, GraphValue> replacement, bool repeat = false)
    {
        ArgumentNullException.ThrowIfNull(editor);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(replacement);
        var form = RulePattern.Parse(pattern);
        var (places, passes) = (0, 0);
        while (true)
        {
            var replaced = Pass(editor, form, replacement);
            places += replaced;
            if (!repeat || replaced == 0)
                return places;
            if (++passes == MaximalPasses)
                throw new CompressionException($"The pattern '{pattern}' still fits after {passes} passes: it fits what its replacement makes, so that there is no end.");
        }
    }

    private static int Pass(GraphEditor editor, RulePattern pattern, Func<GraphMatch, GraphFragment, GraphValue> replacement)
    {
        var roots = editor.Graph.Nodes.Select(node => node.Name).ToList();
        var untouched = roots.ToHashSet(StringComparer.Ordinal);
        var places = 0;
        foreach (var name in roots)
        {
            // The graph is another one after each edit: nodes are found again by their names.
            if (!untouched.Contains(name) || Find(editor, pattern, name, untouched) is not var (nodes, names))
                continue;
            var read = nodes.SelectMany(node => node.Inputs).Where(input => input.Producer is not { } producer || !nodes.Contains(producer)).Distinct().ToList();
            editor.Replace(nodes, read, fragment => replacement(new(nodes, names, value => Copy(value, read, fragment)), fragment));
            foreach (var node in nodes)
                untouched.Remove(node.Name);
            places++;
        }

        return places;
    }

    private static (List<GraphNode> Nodes, Dictionary<string, object?> Names)? Find(GraphEditor editor, RulePattern pattern, string root, HashSet<string> untouched)
    {
        var order = editor.Graph.Nodes.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        foreach (var binding in new PatternSearch<GraphNode, GraphValue>(new EditedGraph()).At(pattern.Root, editor.Node(root)))
        {
            var nodes = binding.Nodes.OrderBy(node => order[node]).ToList();
            if (nodes.Count > 0 && nodes.TrueForAll(node => untouched.Contains(node.Name)) && nodes[..^1].TrueForAll(node => IsInside(node, nodes, editor.Graph)))
                return (nodes, new(binding.Names, StringComparer.Ordinal));
        }

        return null;
    }

    private static bool IsInside(GraphNode node, List<GraphNode> nodes, ModelGraph graph) =>
        !graph.Outputs.Contains(node.Output) && node.Output.Consumers.All(nodes.Contains);

    private static GraphValue Copy(GraphValue value, List<GraphValue> read, GraphFragment fragment) =>
        read.IndexOf(value) is >= 0 and var index ? fragment.Inputs[index] : throw new ArgumentException($"'{value.Name}' is computed by the nodes that are replaced.");
}
