namespace StickGen.Pruning;

/// <summary>
/// Channels by number, and which of them have to be removed together: disjoint sets. A set that must stay whole has a reason.
/// </summary>
internal sealed class ChannelSets
{
    private readonly List<int> parents = [];
    private readonly Dictionary<int, string> reasons = [];
    private readonly HashSet<int> computed = [], residual = [];

    /// <summary>New channels, each a set of its own.</summary>
    public int[] Add(int count)
    {
        var ids = new int[count];
        for (var i = 0; i < count; i++)
        {
            ids[i] = parents.Count;
            parents.Add(ids[i]);
        }

        return ids;
    }

    /// <summary>The channel that stands for the set of <paramref name="id"/>.</summary>
    public int Find(int id)
    {
        while (parents[id] != id)
            id = parents[id] = parents[parents[id]];
        return id;
    }

    /// <summary>From now on the two are removed together.</summary>
    public void Tie(int left, int right)
    {
        (left, right) = (Find(left), Find(right));
        if (left == right)
            return;
        // The first one stands for the set, so that its name is that of the layer that is run first.
        var (first, second) = left < right ? (left, right) : (right, left);
        parents[second] = first;
        if (reasons.Remove(second, out var reason))
            reasons.TryAdd(first, reason);
        foreach (var marks in (HashSet<int>[])[computed, residual])
        {
            if (marks.Remove(second))
                marks.Add(first);
        }
    }

    /// <summary>From now on the two are removed together, because they are added.</summary>
    public void TieSum(int left, int right)
    {
        var isResidual = Find(left) != Find(right) && computed.Contains(Find(left)) && computed.Contains(Find(right));
        Tie(left, right);
        if (isResidual)
            residual.Add(Find(left));
    }

    /// <summary>Says that a layer computes the channels.</summary>
    public void MarkComputed(ReadOnlySpan<int> ids)
    {
        foreach (var id in ids)
            computed.Add(Find(id));
    }

    /// <summary>Whether an addition joined what different layers compute into the set of a channel.</summary>
    public bool IsResidual(int id) => residual.Contains(Find(id));

    /// <summary>Ties the elements of two lists of one length, pair by pair.</summary>
    public void Tie(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        if (left.Length != right.Length)
            throw new ArgumentException($"{left.Length} channels cannot be tied to {right.Length}.");
        for (var i = 0; i < left.Length; i++)
            Tie(left[i], right[i]);
    }

    /// <summary>From now on they stay; the first reason counts.</summary>
    public void Freeze(ReadOnlySpan<int> ids, string reason)
    {
        foreach (var id in ids)
            reasons.TryAdd(Find(id), reason);
    }

    /// <summary>Why the set of a channel must stay whole, or <see langword="null"/>.</summary>
    public string? FrozenBecause(int id) => reasons.GetValueOrDefault(Find(id));
}
