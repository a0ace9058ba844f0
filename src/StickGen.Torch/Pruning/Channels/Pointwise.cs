using StickGen.Operations;

namespace StickGen.Pruning;

/// <summary>What computes each channel from itself.</summary>
internal static class Pointwise
{
    /// <summary>Each element from itself: activations, dropout.</summary>
    public static ChannelLayout Same(FlowStep step) => step.Inputs[0];

    /// <summary>Each image from itself, over height and width: pools.</summary>
    public static ChannelLayout Image(FlowStep step)
    {
        if (step.ShapeOf(0) is { } shape)
            return LastDimensions(step, Math.Min(2, shape.Rank));
        return step.Inputs[0].Blocks.All(b => b.Dims is [0 or 1]) ? step.Inputs[0] : Flows.Unknown(step);
    }

    /// <summary>Each element with a number or with that of another value.</summary>
    public static ChannelLayout Arithmetic(FlowStep step) =>
        ((Arithmetic)step.Node.Node.Operation).Number is double.NaN
            ? step.FreezeAll($"'{step.Name}' has a number that is computed from sizes, which may be those that pruning changes")
            : Broadcasting.Flow(step);

    /// <summary>The last dimensions in another size.</summary>
    public static ChannelLayout Resize(FlowStep step) => step.ShapeOf(0) is { } shape
        ? LastDimensions(step, shape.Rank - ((Resize)step.Node.Node.Operation).Sizes.Rank)
        : Flows.Unknown(step);

    /// <summary>What mixes the elements of the dimensions from <paramref name="first"/> on, which may have no channels then.</summary>
    public static ChannelLayout LastDimensions(FlowStep step, int first)
    {
        var layout = step.Inputs[0];
        foreach (var block in layout.Blocks.Where(b => Array.Exists(b.Dims, d => d >= first)).ToList())
        {
            step.Freeze(block, $"'{step.Name}' mixes it with others");
            layout = layout.Without(b => b == block);
        }

        return layout;
    }
}
