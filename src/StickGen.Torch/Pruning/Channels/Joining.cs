using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Pruning;

/// <summary>What puts values together.</summary>
internal static class Joining
{
    public static ChannelLayout Concat(FlowStep step)
    {
        var shapes = Enumerable.Range(0, step.Inputs.Length).Select(step.ShapeOf).ToList();
        if (shapes.Contains(null))
            return Flows.Unknown(step);
        var rank = shapes[0]!.Rank;
        var axis = ((Concat)step.Node.Node.Operation).Axis;
        axis = axis < 0 ? axis + rank : axis;

        var ids = Enumerable.Range(0, step.Inputs.Length).Select(i => step.Along(i, axis)).ToList();
        var others = step.Inputs[0].Without(b => b.Dims.Contains(axis));
        for (var i = 1; i < step.Inputs.Length; i++)
        {
            var (left, right) = (shapes[0]!, shapes[i]!);
            others = Broadcasting.Tie(step, (others, d => left[d]), (step.Inputs[i].Without(b => b.Dims.Contains(axis)), d => right[d]));
        }

        if (ids.TrueForAll(i => i is null))
            return others with { Fixed = step.Inputs[0].Fixed };
        var all = new List<int>();
        for (var i = 0; i < ids.Count; i++)
        {
            if ((ids[i] ?? FixedChannels(step, shapes[i]![axis], step.Inputs[i].Fixed)) is not { } part)
                return Flows.Unknown(step);
            all.AddRange(part);
        }

        return others.With(ChannelBlock.Of(axis, [.. all]));
    }

    /// <summary>Channels for a part that has none, so that they are counted.</summary>
    private static int[]? FixedChannels(FlowStep step, Dimension size, string reason)
    {
        if (!size.IsFixed)
            return null;
        var ids = step.Sets.Add(checked((int)size.Size));
        step.Sets.Freeze(ids, reason);
        return ids;
    }
}
