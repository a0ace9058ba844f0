using System.Runtime.CompilerServices;

namespace StickGen.Compression;

/// <summary>Sizes, steps or dimensions in any form that TorchSharp takes them in: a number, a tuple, an array.</summary>
[CollectionBuilder(typeof(Sizes), nameof(Create))]
public readonly struct Sizes : IEquatable<Sizes>
{
    private readonly long[]? values;

    private Sizes(long[] values) => this.values = values;

    /// <summary>The numbers, or <see langword="null"/> if none are given.</summary>
    public long[]? Values => values;

    /// <summary>Of several numbers.</summary>
    public static Sizes Create(ReadOnlySpan<long> values) => new(values.ToArray());

    /// <summary>For collection expressions.</summary>
    public ReadOnlySpan<long>.Enumerator GetEnumerator() => new ReadOnlySpan<long>(values).GetEnumerator();

    /// <summary>One number.</summary>
    public static implicit operator Sizes(long value) => new([value]);

    /// <summary>One number, or none.</summary>
    public static implicit operator Sizes(long? value) => value is { } number ? new([number]) : default;

    /// <summary>An array.</summary>
    public static implicit operator Sizes(long[]? values) => values is null ? default : new(values);

    /// <summary>Height and width.</summary>
    public static implicit operator Sizes((long, long) values) => new([values.Item1, values.Item2]);

    /// <summary>Depth, height and width.</summary>
    public static implicit operator Sizes((long, long, long) values) => new([values.Item1, values.Item2, values.Item3]);

    /// <summary>One number for each of some dimensions: a single one is repeated.</summary>
    internal long[] For(int dimensions, long otherwise) => values switch
    {
        null or [] => [.. Enumerable.Repeat(otherwise, dimensions)],
        [var one] => [.. Enumerable.Repeat(one, dimensions)],
        _ when values.Length == dimensions => values,
        _ => throw new CompressionException($"[{string.Join(", ", values)}] are not {dimensions} numbers."),
    };

    /// <inheritdoc/>
    public bool Equals(Sizes other) => new ReadOnlySpan<long>(values).SequenceEqual(other.values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Sizes other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => values is null ? 0 : Operations.IntegerList.Create(values).GetHashCode();
}
