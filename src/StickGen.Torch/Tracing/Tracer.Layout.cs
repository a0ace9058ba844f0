using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Compression;

// What moves, repeats or selects values.
public sealed partial class Tracer
{
    /// <summary>Splits a dimension into several.</summary>
    public SymbolicTensor Unflatten(int node, SymbolicTensor x, long dim, params ReadOnlySpan<Dimension> sizes)
    {
        if (x.Value.Shape is not { } shape)
            return Shaped(node, "unflatten", x, null);
        var axis = Axis(shape, dim);
        return Shaped(node, "unflatten", x, [.. shape.Take(axis), .. sizes, .. shape.Skip(axis + 1)]);
    }

    /// <summary>Removes a dimension of size 1, or all of them.</summary>
    public SymbolicTensor Squeeze(int node, SymbolicTensor x, long? dim = null)
    {
        if (x.Value.Shape is not { } shape)
            return Shaped(node, "squeeze", x, null);
        Dimension one = 1;
        var axis = dim is { } given ? Axis(shape, given) : -1;
        return Shaped(node, "squeeze", x, [.. shape.Where((size, i) => size != one || (axis >= 0 && i != axis))]);
    }

    /// <summary>A new dimension of size 1.</summary>
    public SymbolicTensor Unsqueeze(int node, SymbolicTensor x, long dim)
    {
        if (x.Value.Shape is not { } shape)
            return Shaped(node, "unsqueeze", x, null);
        var axis = checked((int)(dim < 0 ? dim + shape.Rank + 1 : dim));
        if (axis < 0 || axis > shape.Rank)
            throw Misfit($"the shape {shape} cannot get a dimension {dim}.");
        return Shaped(node, "unsqueeze", x, [.. shape.Take(axis), 1, .. shape.Skip(axis)]);
    }

    /// <summary>The dimensions in another order.</summary>
    public SymbolicTensor Permute(int node, SymbolicTensor x, params ReadOnlySpan<long> permutation) =>
        Append(node, "permute", "permute", new Permute(IntegerList.Create(permutation)), [x.Value]);

    /// <summary>Two dimensions change places.</summary>
    public SymbolicTensor Transpose(int node, SymbolicTensor x, long dim0, long dim1) =>
        Append(node, "transpose", "transpose", Transposition(x.Value, dim0, dim1), [x.Value]);

    /// <summary>Dimensions of size 1 are repeated; an unknown size stays as it is.</summary>
    public SymbolicTensor Expand(int node, SymbolicTensor x, params ReadOnlySpan<Dimension> sizes)
    {
        var target = sizes.ToArray();
        for (var i = 1; i <= target.Length && x.Value.Shape is { } shape; i++)
        {
            if (target[^i].IsUnknown && i <= shape.Rank && shape[-i] != (Dimension)1)
                target[^i] = shape[-i];
        }

        return Append(node, "expand", "expand", target.Any(size => size.IsUnknown) ? new Rearrange("expand", new(target)) : new Expand(new(target)), [x.Value]);
    }

    /// <summary>The tensor several times along each dimension.</summary>
    public SymbolicTensor Repeat(int node, SymbolicTensor x, params ReadOnlySpan<Dimension> sizes)
    {
        if (x.Value.Shape is not { } shape)
            return Rearranged(node, "repeat", x, null);
        var target = sizes.ToArray();
        for (var i = 1; i <= target.Length; i++)
            target[^i] *= i <= shape.Rank ? shape[-i] : 1;
        return Rearranged(node, "repeat", x, new(target));
    }

    /// <summary>Each element several times.</summary>
    public SymbolicTensor RepeatInterleave(int node, SymbolicTensor x, long repeats, long? dim = null) => dim is { } axis && repeats >= 1
        ? Append(node, "repeat_interleave", "repeat_interleave", new RepeatInterleave(checked((int)axis), repeats), [x.Value])
        : Rearranged(node, "repeat_interleave", x, x.Value.Shape is { } shape && dim is null ? new(shape.ElementCount * repeats) : null);

    /// <summary>A part of a dimension.</summary>
    public SymbolicTensor Narrow(int node, SymbolicTensor x, long dim, long start, Dimension length) =>
        Append(node, "narrow", "narrow", new Slice(checked((int)dim), start, length), [x.Value]);

    /// <summary>A part of a dimension.</summary>
    public SymbolicTensor Slice(int node, SymbolicTensor x, long dim, long start, Dimension finish, long step)
    {
        var size = x.Value.Shape is { } shape ? shape[Axis(shape, dim)] : Dimension.Unknown;
        var length = finish == size ? Subscript.Length(size, start, null, step)
            : finish.IsFixed ? Subscript.Length(size, start, finish.Size, step)
            : Dimension.Unknown;
        return Append(node, "slice", "slice", new Slice(checked((int)dim), start, length, step), [x.Value]);
    }

    /// <summary>One element of a dimension.</summary>
    public SymbolicTensor Select(int node, SymbolicTensor x, long dim, long index) =>
        Append(node, "select", "select", new Select(checked((int)dim), index), [x.Value]);

    /// <summary>A tensor read by subscripts.</summary>
    public SymbolicTensor Index(int node, SymbolicTensor x, params ReadOnlySpan<Subscript> subscripts)
    {
        try
        {
            return x.Value.Shape is { } shape
                ? Append(node, "index", "index", Subscript.OneOf(subscripts, shape) ?? new Rearrange("index", Subscript.Apply(subscripts, shape)), [x.Value])
                : Rearranged(node, "index", x, null);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw Misfit(e.Message);
        }
    }

    /// <summary>The elements of a dimension at some positions.</summary>
    public SymbolicTensor IndexSelect(int node, SymbolicTensor x, SymbolicTensor index, long dim)
    {
        var target = x.Value.Shape is { } shape
            ? shape.With(Axis(shape, dim), index.Value.Shape is { Rank: 1 } positions ? positions[0] : Dimension.Unknown)
            : null;
        return Append(node, "index_select", "index_select", new Rearrange("index_select", target), [x.Value, index.Value]);
    }

    /// <summary>One of several parts of about equal size.</summary>
    /// <param name="node">The number of the node.</param>
    /// <param name="x">What is divided.</param>
    /// <param name="index">Which part; negative from the end.</param>
    /// <param name="chunks">The number of parts.</param>
    /// <param name="dim">The dimension that is divided.</param>
    public SymbolicTensor Chunk(int node, SymbolicTensor x, long index, long chunks, long dim = 0)
    {
        var size = x.Value.Shape is { } shape ? shape[Axis(shape, dim)] : Dimension.Unknown;
        return size.IsFixed
            ? Part(node, "chunk", x, index, Parts(size.Size, (size.Size + chunks - 1) / chunks), dim)
            : Rearranged(node, "chunk", x, x.Value.Shape?.With(checked((int)dim), size / chunks));
    }

    /// <summary>One of the parts of given sizes, or of one given size.</summary>
    /// <inheritdoc cref="Chunk"/>
    public SymbolicTensor Split(int node, SymbolicTensor x, long index, Sizes size, long dim = 0)
    {
        var whole = x.Value.Shape is { } shape ? shape[Axis(shape, dim)] : Dimension.Unknown;
        var sizes = size.Values ?? [];
        return sizes.Length != 1 ? Part(node, "split", x, index, sizes, dim)
            : whole.IsFixed ? Part(node, "split", x, index, Parts(whole.Size, sizes[0]), dim)
            : Rearranged(node, "split", x, x.Value.Shape?.With(checked((int)dim), Dimension.Unknown));
    }

    /// <summary>One element of a dimension.</summary>
    /// <inheritdoc cref="Chunk"/>
    public SymbolicTensor Unbind(int node, SymbolicTensor x, long index, long dim = 0) =>
        Append(node, "unbind", "unbind", new Select(checked((int)dim), index), [x.Value]);

    /// <summary>Tensors one after the other along a new dimension.</summary>
    public SymbolicTensor Stack(int node, ReadOnlySpan<SymbolicTensor> tensors, long dim = 0) =>
        Append(node, "stack", "stack", new Stack(checked((int)dim)), Values(tensors));

    /// <summary>Elements moved along some dimensions, those at the end to the beginning; without dimensions, of all in a row.</summary>
    public SymbolicTensor Roll(int node, SymbolicTensor x, Sizes dims = default) => Append(
        node, "roll", "roll", new Rearrange("roll", x.Value.Shape) { Axes = dims.Values is { Length: > 0 } axes ? IntegerList.Create(axes) : null }, [x.Value]);

    /// <summary>Channels become pixels.</summary>
    public SymbolicTensor PixelShuffle(int node, SymbolicTensor x, long upscale_factor) =>
        Rearranged(node, "pixel_shuffle", x, ModuleShapes.PixelShuffle(x.Value.Shape, upscale_factor));

    private static Permute Transposition(GraphValue value, long dim0, long dim1)
    {
        // Without a rank the order cannot be written down; that of a matrix is the most that can be meant.
        var rank = value.Shape?.Rank ?? 2;
        var order = Enumerable.Range(0, rank).Select(i => (long)i).ToArray();
        var (a, b) = (dim0 < 0 ? dim0 + rank : dim0, dim1 < 0 ? dim1 + rank : dim1);
        if (a >= 0 && a < rank && b >= 0 && b < rank)
            (order[a], order[b]) = (order[b], order[a]);
        return new([.. order]);
    }

    private SymbolicTensor Part(int node, string kind, SymbolicTensor x, long index, long[] sizes, long dim)
    {
        var position = checked((int)(index < 0 ? index + sizes.Length : index));
        if (position < 0 || position >= sizes.Length)
            throw Misfit($"{kind} gives {sizes.Length} parts; there is no part {index}.");
        return Append(node, kind, kind, new Slice(checked((int)dim), sizes.Take(position).Sum(), sizes[position]), [x.Value]);
    }

    private static long[] Parts(long size, long part) =>
        [.. Enumerable.Range(0, checked((int)((size + part - 1) / part))).Select(i => Math.Min(part, size - (i * part)))];

    /// <summary>The same elements in another shape, if that is known well enough to be a reshape.</summary>
    private SymbolicTensor Shaped(int node, string kind, SymbolicTensor x, Dimension[]? target) => Append(
        node, kind, kind, target?.Count(size => size.IsUnknown) <= 1 ? new Reshape([.. target]) : new Rearrange(kind, target is null ? null : new(target)), [x.Value]);

    private SymbolicTensor Rearranged(int node, string kind, SymbolicTensor x, Shape? target) => Append(node, kind, kind, new Rearrange(kind, target), [x.Value]);

    private int Axis(Shape shape, long dim) => dim >= -shape.Rank && dim < shape.Rank
        ? (int)(dim < 0 ? dim + shape.Rank : dim)
        : throw Misfit($"the shape {shape} has no dimension {dim}.");

    private CompressionException Misfit(string message) => new($"{scope.Model.ModelName}.forward, at '{statement}': {message}");
}
