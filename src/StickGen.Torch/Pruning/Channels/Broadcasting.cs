using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Pruning;

/// <summary>What computes an element from those at its place in two values, of which one may be repeated along dimensions.</summary>
internal static class Broadcasting
{
    public static ChannelLayout Flow(FlowStep step)
    {
        if (step.Inputs.Length == 1)
            return step.Inputs[0];
        return Enumerable.Range(0, step.Inputs.Length).Any(i => step.ShapeOf(i) is null) ? WithoutShapes(step) : All(step);
    }

    /// <summary>Ties the channels of all operands, whose shapes are known.</summary>
    public static ChannelLayout All(FlowStep step)
    {
        var shapes = Enumerable.Range(0, step.Inputs.Length).Select(i => step.ShapeOf(i)!).ToList();
        var rank = shapes.Max(s => s.Rank);
        var result = step.Inputs[0].Rename(d => d + rank - shapes[0].Rank);
        for (var i = 1; i < shapes.Count; i++)
        {
            var (done, shape) = (shapes[..i], shapes[i]);
            result = Tie(
                step,
                (result, d => done.Select(s => SizeOf(s, d - rank + s.Rank)).FirstOrDefault(s => s != 1, 1)),
                (step.Inputs[i].Rename(d => d + rank - shape.Rank), d => SizeOf(shape, d - rank + shape.Rank)));
        }

        return result;
    }

    /// <summary>Ties the channels of two layouts whose dimensions have the same numbers.</summary>
    public static ChannelLayout Tie(
        FlowStep step, (ChannelLayout Layout, Func<int, Dimension> SizeOf) left, (ChannelLayout Layout, Func<int, Dimension> SizeOf) right)
    {
        foreach (var block in left.Layout.Blocks.ToList())
            Tie(step, block, ref left.Layout, ref right.Layout, right.SizeOf);
        foreach (var block in right.Layout.Blocks.Where(b => !b.Dims.Any(d => left.Layout.BlockOf(d) is not null)).ToList())
            Tie(step, block, ref right.Layout, ref left.Layout, left.SizeOf);
        var added = right.Layout.Blocks.Where(b => !b.Dims.Any(d => left.Layout.BlockOf(d) is not null));
        return new([.. left.Layout.Blocks, .. added], ChannelLayout.NoChannels);
    }

    private static void Tie(FlowStep step, ChannelBlock block, ref ChannelLayout own, ref ChannelLayout other, Func<int, Dimension> otherSize)
    {
        if (Array.TrueForAll(block.Dims, d => otherSize(d) == 1))
            return;
        // A single channel that is repeated for each of the other's is none of them.
        if (block.Ids.Length == 1)
        {
            own = own.Without(b => b == block);
            return;
        }

        var met = other;
        var shared = block.Dims.Where(d => met.BlockOf(d) is not null).ToList();
        if (shared.Count == 0)
        {
            step.Freeze(block, $"'{step.Name}' joins it with a value whose channels stay: {other.Fixed}");
            own = own.Without(b => b == block);
            return;
        }

        var facing = other.BlockOf(shared[0])!;
        if (facing.Dims.Order().SequenceEqual(block.Dims.Order()))
        {
            Tie(step, block.Ids, facing.InOrderOf(block.Dims));
            return;
        }

        // Blocks of different dimensions: what both have stays.
        own = step.Only(own, shared[0]);
        other = step.Only(other, shared[0]);
        Tie(step, own.BlockOf(shared[0])!.Ids, other.BlockOf(shared[0])!.Ids);
    }

    private static void Tie(FlowStep step, int[] left, int[] right)
    {
        if (step.Node.Node.Operation is not (Add or Arithmetic { Function: ArithmeticFunction.Add or ArithmeticFunction.Subtract }))
            step.Sets.Tie(left, right);
        else
            foreach (var (first, second) in left.Zip(right))
                step.Sets.TieSum(first, second);
    }

    private static Dimension SizeOf(Shape shape, int dim) => dim < 0 ? 1 : shape[dim];

    /// <summary>Without shapes, nothing tells a repeated value from one of the same shape, except that it has the same channels.</summary>
    private static ChannelLayout WithoutShapes(FlowStep step)
    {
        var first = step.Inputs[0];
        if (step.Inputs.Length != 2 || first.Blocks.Count != 1 || step.Inputs[1].Blocks.Count != 1)
            return Flows.Unknown(step);
        var (left, right) = (first.Blocks[0], step.Inputs[1].Blocks[0]);
        if (!left.Dims.AsSpan().SequenceEqual(right.Dims) || left.Ids.Length != right.Ids.Length)
            return Flows.Unknown(step);
        Tie(step, left.Ids, right.Ids);
        return first;
    }
}
