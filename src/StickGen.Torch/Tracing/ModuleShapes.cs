using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Compression;

/// <summary>Shapes that a module and a function of the same kind share.</summary>
internal static class ModuleShapes
{
    public static Shape? PixelShuffle(Shape? shape, long factor) => shape is not { Rank: >= 3 }
        ? null
        : shape.With(-3, shape[-3] / (factor * factor)).With(-2, shape[-2] * factor).With(-1, shape[-1] * factor);

    public static Shape? Unflattened(Shape? shape, long dim, ReadOnlySpan<long> sizes)
    {
        if (shape is null)
            return null;
        var axis = (int)(dim < 0 ? dim + shape.Rank : dim);
        Dimension[] inner = [.. Shape.Of(sizes)];
        Dimension known = 1;
        foreach (var size in inner.Where(size => !size.IsUnknown))
            known *= size;
        return new([.. shape.Take(axis), .. inner.Select(size => size.IsUnknown ? shape[axis] / known : size), .. shape.Skip(axis + 1)]);
    }

    /// <summary>The last dimensions of an image that is interpolated, by a size or by factors.</summary>
    public static Shape Upsampled(Shape? shape, ReadOnlySpan<long> size, ReadOnlySpan<double> factors)
    {
        if (size.Length > 0)
            return Shape.Of(size);
        var result = new Dimension[factors.Length];
        for (var i = 0; i < result.Length; i++)
        {
            var before = shape is null || shape.Rank < result.Length ? Dimension.Unknown : shape[i - result.Length];
            var factor = factors[i];
            result[i] = before.IsFixed ? Math.Max(1, (long)Math.Floor(before.Size * factor)) : factor == Math.Floor(factor) ? before * (long)factor : Dimension.Unknown;
        }

        return new(result);
    }

    /// <summary>An interpolation: each pixel a whole number of times, or something of which the shape is known.</summary>
    public static Operation Upsampling(Shape? shape, ReadOnlySpan<long> size, ReadOnlySpan<double> factors, bool isNearest)
    {
        var sizes = Upsampled(shape, size, factors);
        if (!isNearest || shape is not { Rank: 4 } || sizes.Rank is not (1 or 2))
            return new Resize("upsample", sizes);
        var (rows, columns) = (sizes[0] / shape[2], sizes[^1] / shape[3]);
        return sizes.Rank == 2 && rows.IsFixed && columns.IsFixed && rows.Size <= int.MaxValue && columns.Size <= int.MaxValue
            ? new Upsample(new((int)rows.Size, (int)columns.Size))
            : new Resize("upsample", sizes);
    }

    /// <summary>The last dimensions of an image that is padded: two numbers for each, the last dimension first.</summary>
    public static Shape Padded(Shape? shape, ReadOnlySpan<long> padding)
    {
        var result = new Dimension[padding.Length / 2];
        for (var i = 0; i < result.Length; i++)
        {
            var before = shape is null || shape.Rank <= i ? Dimension.Unknown : shape[-1 - i];
            var added = padding[2 * i] + padding[(2 * i) + 1];
            result[^(i + 1)] = added == 0 ? before : before.IsFixed ? before.Size + added : Dimension.Unknown;
        }

        return new(result);
    }
}
