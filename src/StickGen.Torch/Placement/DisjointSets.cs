namespace StickGen.Compression;

/// <summary>Disjoint sets that are united step by step.</summary>
internal sealed class DisjointSets<T>
    where T : notnull
{
    private readonly Dictionary<T, T> parents = [];

    /// <summary>The element that stands for the set of <paramref name="element"/>.</summary>
    public T Find(T element)
    {
        while (parents.TryGetValue(element, out var parent))
            element = parent;
        return element;
    }

    public void Union(T left, T right)
    {
        (left, right) = (Find(left), Find(right));
        if (!EqualityComparer<T>.Default.Equals(left, right))
            parents.Add(right, left);
    }
}
