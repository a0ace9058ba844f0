using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Units;
using Softmax = StickGen.Operations.Softmax;

namespace StickGen.PostTraining;

/// <summary>
/// Finds the keys and values of a model in its graph: those of <c>scaled_dot_product_attention</c>, and of attention that is written out, where a softmax weighs what a product of queries and transposed keys
/// computes, and a product with values reads it.
/// </summary>
internal sealed class AttentionFinder
{
    private readonly KeyValuePrecision precision;
    private readonly List<string> notes;
    private readonly Dictionary<GraphNode, ValueUnit> units;
    private readonly UnitGraph unitGraph;
    private readonly Dimension? batch;

    private AttentionFinder(FakeQuantization state, KeyValuePrecision precision, List<string> notes)
    {
        (this.precision, this.notes, unitGraph) = (precision, notes, state.UnitGraph!);
        units = state.Units.OfType<ValueUnit>().Where(u => u.Site.Nodes.Count == 1).ToDictionary(u => u.Site.Nodes[0]);
        batch = state.Traced.Root.Inputs.FirstOrDefault()?.Shape is { Rank: > 0 } shape ? shape[0] : (Dimension?)null;
    }

    /// <summary>The attentions in the order of evaluation.</summary>
    /// <param name="state">The variant.</param>
    /// <param name="precision">How keys and values are to be quantized.</param>
    /// <param name="notes">Gets what cannot be quantized, and why.</param>
    /// <exception cref="CompressionException">There are none.</exception>
    public static IReadOnlyList<CachedAttention> Find(FakeQuantization state, KeyValuePrecision precision, List<string> notes)
    {
        var (finder, found, own) = (new AttentionFinder(state, precision, notes), new List<CachedAttention>(), notes.Count);
        foreach (var node in state.Traced.Nodes.Where(n => !n.IsTrainingOnly))
        {
            if (finder.Tensors(node) is { Count: > 0 } tensors)
                found.Add(new(node.Name, node.Scope, tensors));
        }

        return found.Count > 0 ? found : throw new CompressionException(
            $"{nameof(PostTrainingOptions.KeyValueCache)} is {precision}, and {state.Graph.Name} has no keys and values that can be quantized: "
            + (notes.Count > own ? string.Join("; ", notes.Skip(own)) : "it has neither scaled_dot_product_attention, nor a softmax between two products") + ".");
    }

    private List<CachedTensor> Tensors(TracedNode node)
    {
        switch (node.Node.Operation)
        {
            case ScaledDotProductAttention:
                return [.. Cache("keys", node.Name, node.Node, 1, isTransposed: false), .. Cache("values", node.Name, node.Node, 2, isTransposed: false)];
            case Softmax { Logarithm: false } softmax:
                return OfSoftmax(node, softmax);
            case Call { Function: var function } when IsAttention(function) || (node.Module is not null && IsAttention(node.Module.GetType().Name)):
                notes.Add($"{node.Name}: keys and values stay in float: they are inside of '{node.Module?.GetType().Name ?? function}', of which only the name is known");
                return [];
            case Opaque { Code: var code } when IsAttention(code):
                notes.Add($"{node.Name}: keys and values stay in float: they are inside of code that is not understood, '{code}'");
                return [];
            default:
                return [];
        }
    }

    private List<CachedTensor> OfSoftmax(TracedNode node, Softmax softmax)
    {
        var (scores, unknown) = Search(node.Node.Inputs[0], value => value.Producer is { } producer ? [producer] : [], step => step.Inputs);
        scores.RemoveAll(IsLinear);
        var (readers, further) = Search(node.Output, value => value.Consumers, step => [step.Output]);
        // What chooses between classes or experts is no attention.
        if ((scores.Count == 0 && unknown.Count == 0) || (readers.Count == 0 && further.Count == 0))
            return [];
        if (softmax.Axis != -1 && softmax.Axis != node.Output.Shape?.Rank - 1)
            return Refuse($"the softmax is along dimension {softmax.Axis}, and keys are expected along the last one");
        var found = new List<CachedTensor>();
        if (scores is [var product])
            found.AddRange(Cache("keys", node.Name, product, 1, isTransposed: true));
        else
            notes.Add($"{node.Name}: keys stay in float: it reads what {Names([.. scores, .. unknown])} computes, and one product of queries and keys is expected");
        foreach (var reader in readers)
        {
            if (reader.Inputs[0] == reader.Inputs[1] || !Leads(reader.Inputs[0], node.Node))
                notes.Add($"{node.Name}: values stay in float: they are the left operand of '{reader.Name}', and the right one is expected");
            else
                found.AddRange(Cache("values", node.Name, reader, 1, isTransposed: false));
        }

        if (readers.Count == 0)
            notes.Add($"{node.Name}: values stay in float: {Names(further)} reads it, and a product with values is expected");
        return found;

        List<CachedTensor> Refuse(string reason)
        {
            notes.Add($"{node.Name}: keys and values stay in float: {reason}");
            return [];
        }
    }

    private IEnumerable<CachedTensor> Cache(string what, string attention, GraphNode product, int operand, bool isTransposed)
    {
        if (!units.TryGetValue(product, out var unit))
        {
            notes.Add($"{attention}: {what} stay in float: '{product.Name}' is no unit of the variant");
            return [];
        }

        if (unit.Site.KeepFloat)
        {
            notes.Add($"{attention}: {what} stay in float, as its module does");
            return [];
        }

        // KIVI and KVQuant: channels of keys differ, those of values do not.
        var own = precision == KeyValuePrecision.Int8PerChannel && what == "keys" ? precision : KeyValuePrecision.Int8PerToken;
        CachedTensor tensor;
        try
        {
            tensor = new($"{attention}: {what}", product.Inputs[operand], own, isTransposed, batch);
        }
        catch (CompressionException e)
        {
            notes.Add(e.Message);
            return [];
        }

        var given = unitGraph.Steps.First(s => s.Unit == unit).Inputs.ToList();
        unit.Product ??= new(product.Operation, [.. product.Inputs.Select(i => given.IndexOf(i))]);
        unit.Product.Add(operand, tensor);
        return [tensor];
    }

    /// <summary>The products that a value is brought to by what scales, masks and moves it, and what is not known on the way.</summary>
    private static (List<GraphNode> Products, List<GraphNode> Unknown) Search(GraphValue start, Func<GraphValue, IEnumerable<GraphNode>> next, Func<GraphNode, IEnumerable<GraphValue>> values)
    {
        var (products, unknown) = (new List<GraphNode>(), new List<GraphNode>());
        var seen = new HashSet<GraphNode>();
        var open = new Queue<GraphValue>([start]);
        while (open.TryDequeue(out var value))
        {
            foreach (var node in next(value).Where(seen.Add))
            {
                if (node.Operation is MatMul)
                    products.Add(node);
                else if (node.Operation is Call or Opaque || MovesKeys(node))
                    unknown.Add(node);
                else if (Passes(node.Operation))
                {
                    foreach (var further in values(node))
                        open.Enqueue(further);
                }
            }
        }

        return (products, unknown);
    }

    /// <summary>Whether the last dimension, along which keys are, becomes another one.</summary>
    private static bool MovesKeys(GraphNode node) => node.Operation is Permute { Order: var order } && order[order.Count - 1] != order.Count - 1;

    private static bool Passes(Operation operation) =>
        operation is Add or Arithmetic or Combine or Elementwise or Activate or Dropout or Reshape or Flatten or Permute or Expand or RepeatInterleave or Rearrange or Slice or Select or Map;

    /// <summary>Whether a value is computed of what a softmax computes, by what <see cref="Search"/> passes.</summary>
    private static bool Leads(GraphValue value, GraphNode softmax)
    {
        var seen = new HashSet<GraphNode>();
        var open = new Queue<GraphValue>([value]);
        while (open.TryDequeue(out var current))
        {
            if (current.Producer == softmax)
                return true;
            if (current.Producer is { } node && Passes(node.Operation) && seen.Add(node))
            {
                foreach (var input in node.Inputs)
                    open.Enqueue(input);
            }
        }

        return false;
    }

    /// <summary>Whether a product is one with a parameter: a linear layer that is written by hand.</summary>
    private static bool IsLinear(GraphNode product) => product.Inputs.Any(input =>
    {
        while (input.Producer is { Operation: Reshape or Permute or Expand } move)
            input = move.Inputs[0];
        return input.Producer is { Operation: State };
    });

    private static bool IsAttention(string text) => text.Contains("attention", StringComparison.OrdinalIgnoreCase) || text.StartsWith("Transformer", StringComparison.Ordinal);

    private static string Names(IReadOnlyCollection<GraphNode> nodes) => string.Join(" and ", nodes.Select(n => $"'{n.Name}'"));
}
