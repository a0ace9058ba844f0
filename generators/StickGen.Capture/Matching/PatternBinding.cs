namespace StickGen.Matching;

/// <summary>What the names of a pattern are bound to so far: a list that alternatives continue without changing it.</summary>
/// <typeparam name="TNode">The nodes.</typeparam>
internal sealed class PatternBinding<TNode>
    where TNode : class
{
    public static readonly PatternBinding<TNode> Empty = new(null, null, null, null);

    private readonly PatternBinding<TNode>? before;
    private readonly string? name;
    private readonly object? bound;
    private readonly TNode? node;

    private PatternBinding(PatternBinding<TNode>? before, string? name, object? bound, TNode? node)
    {
        (this.before, this.name, this.bound, this.node) = (before, name, bound, node);
        NodeCount = before is null ? 0 : before.NodeCount + (node is null ? 0 : 1);
    }

    /// <summary>The number of nodes that were matched.</summary>
    public int NodeCount { get; }

    /// <summary>The nodes, each once.</summary>
    public IEnumerable<TNode> Nodes
    {
        get
        {
            var seen = new HashSet<TNode>();
            for (var current = this; current is not null; current = current.before)
            {
                if (current.node is not null && seen.Add(current.node))
                    yield return current.node;
            }
        }
    }

    /// <summary>The names with what they are bound to.</summary>
    public IEnumerable<KeyValuePair<string, object?>> Names
    {
        get
        {
            for (var current = this; current is not null; current = current.before)
            {
                if (current.name is not null)
                    yield return new(current.name, current.bound);
            }
        }
    }

    public PatternBinding<TNode> With(TNode matched) => new(this, null, null, matched);

    /// <summary>Binds a name, or gives <see langword="null"/> if it stands for something else already.</summary>
    public PatternBinding<TNode>? Bind(string newName, object? value)
    {
        for (var current = this; current is not null; current = current.before)
        {
            if (current.name == newName)
                return Same(current.bound, value) ? this : null;
        }

        return new(this, newName, value, null);
    }

    private static bool Same(object? left, object? right) => (left, right) switch
    {
        (null, _) or (_, null) => left == right,
        (object[] a, object[] b) => a.Length == b.Length && a.Zip(b, Same).All(same => same),
        _ => left.Equals(right),
    };
}
