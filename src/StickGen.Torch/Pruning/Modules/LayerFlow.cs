
namespace StickGen.Pruning;

/// <summary>What layers share: channels that are read along one dimension, and others that are computed.</summary>
internal static class LayerFlow
{
    /// <summary>Reads <paramref name="inputs"/> along a dimension and computes <paramref name="outputs"/> there.</summary>
    public static ChannelLayout Through(FlowStep step, int dim, ChannelAxis inputs, ChannelAxis outputs)
    {
        Read(step, dim, inputs);
        return step.Inputs[0].Without(b => b.Dims.Contains(dim)).With(ChannelBlock.Of(dim, outputs.Ids));
    }

    /// <summary>Ties an axis to the channels that a value has along a dimension.</summary>
    public static void Read(FlowStep step, int dim, ChannelAxis axis)
    {
        if (step.Along(0, dim) is not { } ids)
            step.Sets.Freeze(axis.Ids, step.Inputs[0].Fixed);
        else if (ids.Length == axis.Size)
            step.Sets.Tie(ids, axis.Ids);
        else
            throw new InvalidOperationException($"'{step.Name}' reads {ids.Length} channels with {axis.Size} weights.");
    }
}
