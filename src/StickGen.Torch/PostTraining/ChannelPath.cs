using StickGen.Graphs;
using StickGen.Kinds;
using StickGen.Operations;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// Goes from a value back to the linear layer that computes its channels, through what moves them and through the weighted sums of attention, and says which channel is where in the end.
/// Scaling a channel of the layer then scales exactly those places.
/// </summary>
internal static class ChannelPath
{
    /// <summary>The node of the layer, and the channel at each place of the value's last dimension; or why there is none.</summary>
    /// <param name="value">The value.</param>
    /// <param name="isResult">Whether a value is seen outside of what is scaled: there, too, it would be another one.</param>
    public static (GraphNode? Layer, long[] Map, string? Refusal) Find(GraphValue value, Predicate<GraphValue> isResult)
    {
        var steps = new Stack<GraphNode>();
        var current = value;
        while (current.Producer is { } node && node.Operation is not Linear)
        {
            if (Continue(node) is not { } before)
                return (null, [], $"'{node.Name}' computes it, which is no linear function of channels");
            steps.Push(node);
            if (before.Consumers.Count > 1)
                return (null, [], $"'{before.Name}' is also read by '{before.Consumers.First(c => c != node).Name}'");
            if (isResult(before))
                return (null, [], $"'{before.Name}' is a result too");
            current = before;
        }

        if (current.Producer is not { } layer)
            return (null, [], $"'{current.Name}' is an input of the model");
        using var scope = NewDisposeScope();
        if (Concrete(current.Shape) is not { } shape)
            return (null, [], $"the shape of '{current.Name}' is not known");
        var ids = arange(shape[^1], ScalarType.Int64).expand(shape);
        foreach (var step in steps)
        {
            if (Through(step, ids) is not { } next)
                return (null, [], $"it is not known where '{step.Name}' moves channels to");
            ids = next;
        }

        var rows = ids.reshape(-1, ids.shape[^1]);
        return rows.eq(rows[0]).all().item<bool>() ? (layer, rows[0].contiguous().data<long>().ToArray(), null) : (null, [], $"channels of '{layer.Name}' are at different places of one input");
    }

    /// <summary>The value that a node brings the channels of, or <see langword="null"/> where it does something else.</summary>
    private static GraphValue? Continue(GraphNode node) => node.Operation switch
    {
        Reshape or Flatten or Permute or Expand or Dropout or RepeatInterleave => node.Inputs[0],
        // Rectified channels scale as they do: max(s·x, 0) is s·max(x, 0).
        Activate { Activation: Activation.Relu } => node.Inputs[0],
        ScaledDotProductAttention => node.Inputs[2],
        MatMul => node.Inputs[1],
        _ => null,
    };

    private static Tensor? Through(GraphNode node, Tensor ids)
    {
        if (Concrete(node.Output.Shape) is not { } shape)
            return null;
        switch (node.Operation)
        {
            case Reshape or Flatten when shape.Aggregate(1L, (a, b) => a * b) == ids.numel():
                return ids.reshape(shape);
            case Permute permute:
                return ids.permute([.. permute.Order]);
            case Expand:
                return ids.expand(shape);
            case Dropout or Activate:
                return ids;
            case RepeatInterleave repeat:
                return ids.repeat_interleave(repeat.Repeats, repeat.Axis);
            case ScaledDotProductAttention or MatMul when ids.dim() >= 2:
                // Sums over positions, each channel by itself.
                var first = ids.narrow(-2, 0, 1);
                return ids.eq(first).all().item<bool>() ? first.expand(shape) : null;
            default:
                return null;
        }
    }

    /// <summary>A shape with dynamic sizes as 1.</summary>
    private static long[]? Concrete(Shape? shape) =>
        shape is null || shape.Any(d => d.IsUnknown) ? null : [.. shape.Select(d => d.Factor)];
}
