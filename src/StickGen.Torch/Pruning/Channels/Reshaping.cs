using StickGen.Graphs;

namespace StickGen.Pruning;

/// <summary>
/// What sees the same elements in another shape. Both shapes are cut into the shortest parts of as many elements: within a part,
/// dimensions are merged or split.
/// </summary>
internal static class Reshaping
{
    public static ChannelLayout Flow(FlowStep step)
    {
        if (step.ShapeOf(0) is not { } from || step.OutputShape is not { } to)
            return Flows.Unknown(step);
        var layout = step.Inputs[0];
        var result = ChannelLayout.None(layout.Fixed);
        var done = new HashSet<int>();
        foreach (var part in Parts(from, to))
        {
            done.UnionWith(part.From);
            // Split already, and merged elsewhere: what is left of the block has to be a smaller tensor.
            foreach (var dim in part.From)
            {
                if (layout.BlockOf(dim) is { Dims.Length: > 1 } wide && (part.To.Count < part.From.Count || wide.Dims.Except(part.From).Any()))
                    layout = part.From.Count == 1 ? step.Only(layout, dim) : step.Rectangular(layout, wide);
            }

            var blocks = layout.Blocks.Where(b => b.Dims.Any(part.From.Contains)).ToList();
            if (blocks.Count == 0)
                continue;
            if (blocks.Count == 1 && Move(blocks[0], part, from, to) is { } moved)
                result = result.With(moved);
            else
                FreezeAll(step, blocks);
        }

        FreezeAll(step, layout.Blocks.Where(b => !b.Dims.All(done.Contains)));
        return result;
    }

    private static void FreezeAll(FlowStep step, IEnumerable<ChannelBlock> blocks)
    {
        foreach (var block in blocks)
            step.Freeze(block, $"'{step.Name}' gives it another shape, and where its channels are then is not known");
    }

    private static ChannelBlock? Move(ChannelBlock block, Part part, Shape from, Shape to)
    {
        if (part.From.Count == 1 && part.To.Count == 1)
            return block.Rename(_ => part.To[0]);
        if (!part.From.TrueForAll(d => from[d].IsFixed) || !part.To.TrueForAll(d => to[d].IsFixed) || block.Dims.Length != 1)
            return null;

        // The channel of each element of the part.
        var inner = 1;
        foreach (var dim in part.From.Where(d => d > block.Dims[0]))
            inner *= checked((int)from[dim].Size);
        var count = part.From.Aggregate(1, (product, d) => checked(product * (int)from[d].Size));
        var ids = new int[count];
        for (var i = 0; i < count; i++)
            ids[i] = block.Ids[i / inner % block.Ids.Length];

        var dims = part.To.Where(d => to[d].Size != 1).ToList();
        if (dims.Count == 0)
            dims = [part.To[0]];
        return new([.. dims], [.. dims.Select(d => (int)to[d].Size)], ids);
    }

    /// <summary>The parts as far as they can be proved.</summary>
    private static IEnumerable<Part> Parts(Shape from, Shape to)
    {
        var (i, j) = (0, 0);
        while (i < from.Rank && j < to.Rank)
        {
            var part = new Part([i], [j]);
            var (left, right) = (from[i++], to[j++]);
            while (left != right || left.IsUnknown)
            {
                if (IsShorter(left, right) && i < from.Rank)
                {
                    part.From.Add(i);
                    left *= from[i++];
                }
                else if (IsShorter(right, left) && j < to.Rank)
                {
                    part.To.Add(j);
                    right *= to[j++];
                }
                else
                    yield break;
            }

            if (i < from.Rank && j == to.Rank && Rest(from, i))
            {
                while (i < from.Rank)
                    part.From.Add(i++);
            }
            else if (j < to.Rank && i == from.Rank && Rest(to, j))
            {
                while (j < to.Rank)
                    part.To.Add(j++);
            }

            yield return part;
        }
    }

    /// <summary>Whether only dimensions of size 1 are left.</summary>
    private static bool Rest(Shape shape, int start) => Enumerable.Range(start, shape.Rank - start).All(d => shape[d] == 1);

    private static bool IsShorter(Dimension left, Dimension right) =>
        !left.IsUnknown && !right.IsUnknown && left.Factor <= right.Factor && (left.Symbol == right.Symbol || left.Symbol is null) && left != right;

    private sealed record Part(List<int> From, List<int> To);
}
