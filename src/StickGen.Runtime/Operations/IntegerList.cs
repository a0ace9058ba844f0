using System.Collections;
using System.Runtime.CompilerServices;

namespace StickGen.Operations;

/// <summary>Integers that are settings of an operation: axes, sizes. Immutable, compared by value.</summary>
[CollectionBuilder(typeof(IntegerList), nameof(Create))]
public sealed class IntegerList : IReadOnlyList<long>, IEquatable<IntegerList>
{
    private readonly long[] items;

    private IntegerList(long[] items) => this.items = items;

    /// <inheritdoc/>
    public int Count => items.Length;

    /// <inheritdoc/>
    public long this[int index] => items[index];

    /// <summary>A list of the given integers.</summary>
    public static IntegerList Create(ReadOnlySpan<long> items) => new(items.ToArray());

    /// <inheritdoc/>
    public bool Equals(IntegerList? other) => other is not null && items.AsSpan().SequenceEqual(other.items);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as IntegerList);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in items)
            hash.Add(item);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<long> GetEnumerator() => ((IEnumerable<long>)items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => items.GetEnumerator();

    /// <summary>Such as <c>[0, 2, 1]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", items)}]";
}
