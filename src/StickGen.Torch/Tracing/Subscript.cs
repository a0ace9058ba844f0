using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Compression;

/// <summary>
/// One subscript of a symbolic tensor. It has the members of TorchSharp's <c>TensorIndex</c>, which cannot be read, so that code
/// can be copied.
/// </summary>
public readonly record struct Subscript
{
    private enum SubscriptKind
    {
        Slice,
        Single,
        Ellipsis,
        NewDimension,
    }

    private SubscriptKind Kind { get; init; }

    private long? First { get; init; }

    private long? Last { get; init; }

    private long? Distance { get; init; }

    /// <summary>All dimensions that no other subscript is for.</summary>
    public static Subscript Ellipsis { get; } = new() { Kind = SubscriptKind.Ellipsis };

    /// <summary>A new dimension of size 1.</summary>
    public static Subscript None { get; } = new() { Kind = SubscriptKind.NewDimension };

    /// <inheritdoc cref="None"/>
    public static Subscript Null => None;

    /// <summary>A whole dimension.</summary>
    public static Subscript Colon { get; }

    /// <summary>From <paramref name="start"/> to before <paramref name="stop"/>; negative from the end.</summary>
    public static Subscript Slice(long? start = null, long? stop = null, long? step = null) => new() { First = start, Last = stop, Distance = step };

    /// <inheritdoc cref="Slice(long?, long?, long?)"/>
    public static Subscript Slice((int?, int?) range) => Slice(range.Item1, range.Item2);

    /// <inheritdoc cref="Slice(long?, long?, long?)"/>
    public static Subscript Slice(Range range) => Slice(Value(range.Start), range.End is { IsFromEnd: true, Value: 0 } ? null : Value(range.End));

    /// <summary>One element; the dimension goes away.</summary>
    public static Subscript Single(long? index) => new() { Kind = SubscriptKind.Single, First = index };

    /// <inheritdoc cref="Single"/>
    public static implicit operator Subscript(long index) => Single(index);

    /// <inheritdoc cref="Slice(long?, long?, long?)"/>
    public static implicit operator Subscript((int?, int?) range) => Slice(range);

    /// <inheritdoc cref="Slice(long?, long?, long?)"/>
    public static implicit operator Subscript(Range range) => Slice(range);

    /// <inheritdoc cref="Single"/>
    public static implicit operator Subscript(Index index) => Single(Value(index));

    /// <summary>The shape of what subscripts select of a shape.</summary>
    internal static Shape Apply(ReadOnlySpan<Subscript> subscripts, Shape shape)
    {
        var result = new List<Dimension>();
        var dim = 0;
        for (var i = 0; i < subscripts.Length; i++)
        {
            switch (subscripts[i].Kind)
            {
                case SubscriptKind.Ellipsis:
                    var rest = 0;
                    foreach (var later in subscripts[(i + 1)..])
                        rest += later.Kind is SubscriptKind.Slice or SubscriptKind.Single ? 1 : 0;
                    while (dim < shape.Rank - rest)
                        result.Add(shape[dim++]);
                    break;
                case SubscriptKind.NewDimension:
                    result.Add(1);
                    break;
                case SubscriptKind.Single:
                    _ = shape[dim++];
                    break;
                case SubscriptKind.Slice:
                    result.Add(Length(shape[dim++], subscripts[i].First, subscripts[i].Last, subscripts[i].Distance ?? 1));
                    break;
            }
        }

        while (dim < shape.Rank)
            result.Add(shape[dim++]);
        return new(result.ToArray());
    }

    /// <summary>What subscripts select, if only one of them selects anything: a part of a dimension, or one element of it.</summary>
    internal static Operation? OneOf(ReadOnlySpan<Subscript> subscripts, Shape shape)
    {
        Operation? result = null;
        var dim = 0;
        for (var i = 0; i < subscripts.Length; i++)
        {
            var subscript = subscripts[i];
            if (subscript.Kind == SubscriptKind.NewDimension)
                return null;
            if (subscript.Kind == SubscriptKind.Ellipsis)
            {
                foreach (var later in subscripts[(i + 1)..])
                    dim -= later.Kind is SubscriptKind.Slice or SubscriptKind.Single ? 1 : 0;
                dim += shape.Rank - i;
                dim = Math.Max(dim, i);
                continue;
            }

            var size = shape[dim];
            var length = subscript.Kind == SubscriptKind.Slice ? Length(size, subscript.First, subscript.Last, subscript.Distance ?? 1) : Dimension.Unknown;
            if (subscript.Kind == SubscriptKind.Single || length != size)
            {
                if (result is not null || subscript.First is null && subscript.Kind == SubscriptKind.Single)
                    return null;
                if (subscript.Kind == SubscriptKind.Slice && (length.IsUnknown || !size.IsFixed))
                    return null;
                result = subscript.Kind == SubscriptKind.Single
                    ? new Select(dim, subscript.First!.Value)
                    : new Slice(dim, Math.Clamp(subscript.First is { } first ? first < 0 ? first + size.Size : first : 0, 0, size.Size), length, subscript.Distance ?? 1);
            }

            dim++;
        }

        return result;
    }

    /// <summary>The number of elements that a slice selects; one of all elements has the size itself.</summary>
    internal static Dimension Length(Dimension size, long? start, long? stop, long step)
    {
        if (start is null or 0 && stop is null or long.MaxValue && step == 1)
            return size;
        if (step < 1)
            throw new CompressionException($"A slice has the step {step}; at least 1 is expected.");
        if (!size.IsFixed)
            return Dimension.Unknown;

        var (first, last) = (Clamp(start ?? 0), Clamp(stop ?? size.Size));
        return last > first
            ? (last - first + step - 1) / step
            : throw new CompressionException($"A slice from {start} to {stop} of a dimension of size {size} is empty.");

        long Clamp(long position) => Math.Clamp(position < 0 ? position + size.Size : position, 0, size.Size);
    }

    private static long Value(Index index) => index.IsFromEnd ? -index.Value : index.Value;
}
