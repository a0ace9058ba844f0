using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Pruning;

/// <summary>What orders dimensions anew, takes parts of them, or reduces them.</summary>
internal static class Selecting
{
    public static ChannelLayout Permute(FlowStep step)
    {
        if (step.ShapeOf(0) is not { } shape)
            return Flows.Unknown(step);
        var order = ((Permute)step.Node.Node.Operation).Order.Select(d => FromStart((int)d, shape.Rank)).ToList();
        return step.Inputs[0].Rename(d => order.IndexOf(d));
    }

    public static ChannelLayout Slice(FlowStep step)
    {
        var slice = (Slice)step.Node.Node.Operation;
        if (step.ShapeOf(0) is not { } shape)
            return Flows.Unknown(step);
        var axis = FromStart(slice.Axis, shape.Rank);
        if (step.Along(0, axis) is not { } ids)
            return step.Inputs[0];
        if (!slice.Length.IsFixed)
            return Flows.Unknown(step);
        var part = Positions(slice, ids.Length).Select(p => ids[p]);
        return step.Inputs[0].Without(b => b.Dims.Contains(axis)).With(ChannelBlock.Of(axis, [.. part]));
    }

    /// <summary>The positions that a slice of known length takes of a dimension.</summary>
    public static IEnumerable<long> Positions(Slice slice, long size)
    {
        var start = slice.Start < 0 ? slice.Start + size : slice.Start;
        return Enumerable.Range(0, (int)slice.Length.Size).Select(i => start + (i * slice.Step));
    }

    /// <summary>
    /// One element of a dimension. Of a dimension that was split off, as the three of a joint projection to queries, keys and values, all
    /// elements keep the same channels; one of many channels by itself is frozen, as the code would name another one.
    /// </summary>
    public static ChannelLayout Select(FlowStep step)
    {
        var select = (Select)step.Node.Node.Operation;
        if (step.ShapeOf(0) is not { } shape)
            return Flows.Unknown(step);
        var axis = FromStart(select.Axis, shape.Rank);
        if (step.Inputs[0].BlockOf(axis) is { Dims.Length: > 1 } block)
        {
            var elements = block.PositionsAlong(axis).ToList();
            foreach (var element in elements)
                step.Sets.Tie([.. elements[0]], element.ToArray());
            var at = Array.IndexOf(block.Dims, axis);
            var rest = new ChannelBlock([.. block.Dims.Where(d => d != axis)], [.. block.Sizes.Where((_, i) => i != at)], [.. elements[0]]);
            step.Inputs[0] = step.Inputs[0].Without(b => b == block).With(rest);
        }

        return WithoutDimensions(step, [axis], keep: false);
    }

    public static ChannelLayout Reduce(FlowStep step)
    {
        var reduce = (Reduce)step.Node.Node.Operation;
        if (step.ShapeOf(0) is not { } shape)
            return Flows.Unknown(step);
        HashSet<int> axes = reduce.Axes.Count == 0
            ? [.. Enumerable.Range(0, shape.Rank)]
            : [.. reduce.Axes.Select(d => FromStart((int)d, shape.Rank))];
        return WithoutDimensions(step, axes, reduce.KeepDimensions);
    }

    public static ChannelLayout Softmax(FlowStep step)
    {
        var softmax = (Softmax)step.Node.Node.Operation;
        return step.ShapeOf(0) is { } shape
            ? WithoutDimensions(step, [FromStart(softmax.Axis, shape.Rank)], keep: true)
            : Flows.Unknown(step);
    }

    /// <summary>A value repeated along dimensions of size 1.</summary>
    public static ChannelLayout Expand(FlowStep step)
    {
        if (step.ShapeOf(0) is not { } from || step.OutputShape is not { } to)
            return Flows.Unknown(step);
        var shift = to.Rank - from.Rank;
        return step.Inputs[0].Blocks.All(b => Array.TrueForAll(b.Dims, d => from[d] == to[d + shift]))
            ? step.Inputs[0].Rename(d => d + shift)
            : Flows.Unknown(step);
    }

    /// <summary>An expansion to sizes that are not all known, or what moves elements along known dimensions; of the other functions only the shape is known.</summary>
    public static ChannelLayout Rearrange(FlowStep step) => (Rearrange)step.Node.Node.Operation switch
    {
        { Function: "expand" } => Expand(step),
        { Axes: { } axes } when step.ShapeOf(0) is { } shape => WithoutDimensions(step, [.. axes.Select(d => FromStart((int)d, shape.Rank))], keep: true),
        _ => Flows.Unknown(step),
    };

    /// <summary>Freezes what has channels along dimensions that are mixed, and renames the others.</summary>
    private static ChannelLayout WithoutDimensions(FlowStep step, HashSet<int> axes, bool keep)
    {
        var layout = step.Inputs[0];
        foreach (var block in layout.Blocks.Where(b => b.Dims.Any(axes.Contains)).ToList())
        {
            step.Freeze(block, $"'{step.Name}' mixes it with others, or takes one of them");
            layout = layout.Without(b => b == block);
        }

        return keep ? layout : layout.Rename(d => d - axes.Count(a => a < d));
    }

    /// <summary>The number of a dimension that may be counted from the end.</summary>
    public static int FromStart(int dim, int rank) => dim < 0 ? dim + rank : dim;
}
