using System.Collections;

namespace StickGen.Graphs;

/// <summary>The dimensions of a value, outermost first, as TorchSharp orders them (NCHW). Immutable, compared by value.</summary>
public sealed class Shape : IReadOnlyList<Dimension>, IEquatable<Shape>
{
    /// <summary>The largest <see cref="Rank"/>.</summary>
    public const int MaxRank = 16;

    private readonly Dimension[] dimensions;

    /// <summary>A shape of the given dimensions; none is a scalar.</summary>
    /// <exception cref="ArgumentException">There are more than <see cref="MaxRank"/>.</exception>
    public Shape(params ReadOnlySpan<Dimension> dimensions)
    {
        if (dimensions.Length > MaxRank)
            throw new ArgumentException($"A shape of {dimensions.Length} dimensions was given; at most {MaxRank} are supported.", nameof(dimensions));
        this.dimensions = dimensions.ToArray();
    }

    /// <summary>A shape of fixed sizes.</summary>
    public static Shape Of(params ReadOnlySpan<long> sizes)
    {
        var dimensions = new Dimension[sizes.Length];
        for (var i = 0; i < sizes.Length; i++)
            dimensions[i] = sizes[i];
        return new(dimensions);
    }

    /// <summary>The number of dimensions.</summary>
    public int Rank => dimensions.Length;

    /// <inheritdoc/>
    public int Count => dimensions.Length;

    /// <summary>The dimension at <paramref name="index"/>; a negative one counts from the end, as in TorchSharp.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such dimension.</exception>
    public Dimension this[int index] =>
        index >= -Rank && index < Rank
            ? dimensions[index < 0 ? index + Rank : index]
            : throw new ArgumentOutOfRangeException(nameof(index), index, $"The shape {this} has no dimension {index}.");

    /// <summary>Whether every size is a number.</summary>
    public bool IsFixed => Array.TrueForAll(dimensions, d => d.IsFixed);

    /// <summary>The number of elements, unknown if a dimension is unknown or if two are dynamic.</summary>
    public Dimension ElementCount
    {
        get
        {
            Dimension product = 1;
            foreach (var dimension in dimensions)
                product *= dimension;
            return product;
        }
    }

    /// <summary>The shape with the dimension at <paramref name="index"/> replaced.</summary>
    public Shape With(int index, Dimension dimension)
    {
        _ = this[index];
        var copy = (Dimension[])dimensions.Clone();
        copy[index < 0 ? index + Rank : index] = dimension;
        return new(copy);
    }

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other is not null && dimensions.AsSpan().SequenceEqual(other.dimensions);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var dimension in dimensions)
            hash.Add(dimension);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<Dimension> GetEnumerator() => ((IEnumerable<Dimension>)dimensions).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => dimensions.GetEnumerator();

    /// <summary>Such as <c>[batch, 1, 28, 28]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", dimensions)}]";
}
