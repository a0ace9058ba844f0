using StickGen.Operations;

namespace StickGen.Runtime.Tests.Reference;

/// <summary>What moves, repeats, combines or sums elements, one position after the other, row-major.</summary>
internal static class ReferenceMoves
{
    /// <summary>The elements of the result, or <see langword="null"/> for an operation that does more than move.</summary>
    public static T[]? Move<T>(Operation operation, T[] values, int[] from, int[] to)
    {
        if (operation is not (Permute or Slice or Select or Expand or Upsample))
            return null;
        return [.. Positions(to).Select(position => values[Flat(Source(operation, position, from), from)])];
    }

    /// <summary>The elements of two values, broadcast, combined.</summary>
    public static T[] Combine<T>(T[] left, int[] leftShape, T[] right, int[] rightShape, int[] to, Func<T, T, T> combine) =>
        [.. Positions(to).Select(p => combine(left[Flat(Repeated(p, leftShape), leftShape)], right[Flat(Repeated(p, rightShape), rightShape)]))];

    /// <summary>What is along some dimensions, for each element of the result.</summary>
    public static T[] Reduce<T>(Reduce operation, T[] values, int[] from, Func<List<T>, T> reduce)
    {
        var axes = operation.Axes.Select(axis => (int)(axis < 0 ? axis + from.Length : axis)).ToHashSet();
        var groups = new SortedDictionary<int, List<T>>();
        var kept = from.Select((size, i) => axes.Contains(i) ? 1 : size).ToArray();
        foreach (var position in Positions(from))
        {
            var key = Flat([.. position.Select((p, i) => axes.Contains(i) ? 0 : p)], kept);
            if (!groups.TryGetValue(key, out var group))
                groups.Add(key, group = []);
            group.Add(values[Flat(position, from)]);
        }

        return [.. groups.Values.Select(reduce)];
    }

    private static int[] Source(Operation operation, int[] position, int[] from)
    {
        var source = new int[from.Length];
        switch (operation)
        {
            case Permute permute:
                for (var i = 0; i < source.Length; i++)
                    source[permute.Order[i] < 0 ? (int)permute.Order[i] + source.Length : (int)permute.Order[i]] = position[i];
                return source;
            case Slice slice:
                var axis = slice.Axis < 0 ? slice.Axis + from.Length : slice.Axis;
                position = [.. position];
                position[axis] = (int)((slice.Start < 0 ? slice.Start + from[axis] : slice.Start) + (position[axis] * slice.Step));
                return position;
            case Select select:
                var removed = select.Axis < 0 ? select.Axis + from.Length : select.Axis;
                return [.. position[..removed], (int)(select.Index < 0 ? select.Index + from[removed] : select.Index), .. position[removed..]];
            case Upsample upsample:
                return [position[0], position[1], position[2] / upsample.Factor.Height, position[3] / upsample.Factor.Width];
            default:
                return Repeated(position, from);
        }
    }

    private static int[] Repeated(int[] position, int[] shape)
    {
        var last = position[(position.Length - shape.Length)..];
        return [.. last.Select((p, i) => shape[i] == 1 ? 0 : p)];
    }

    private static int Flat(int[] position, int[] shape)
    {
        var flat = 0;
        for (var i = 0; i < shape.Length; i++)
            flat = (flat * shape[i]) + position[i];
        return flat;
    }

    private static IEnumerable<int[]> Positions(int[] shape)
    {
        var count = shape.Aggregate(1, (a, b) => a * b);
        for (var flat = 0; flat < count; flat++)
        {
            var position = new int[shape.Length];
            for (var (i, rest) = (shape.Length - 1, flat); i >= 0; rest /= shape[i--])
                position[i] = rest % shape[i];
            yield return position;
        }
    }
}
