using StickGen.Graphs;

namespace StickGen.Pruning;

/// <summary>Products of two values that are computed, as attention has them.</summary>
internal static class Products
{
    /// <summary>
    /// [..., M, K] · [..., K, N]. Channels of the dimensions before (heads) are tied, those of M and N go on. What is summed over stays as it
    /// is: its size is often part of a factor in the code, such as 1 / √K.
    /// </summary>
    public static ChannelLayout MatMul(FlowStep step)
    {
        if (step.ShapeOf(0) is not { } left || step.ShapeOf(1) is not { } right || left.Rank < 2 || right.Rank < 2)
            return Flows.Unknown(step);
        KeepHeads(step, 0);
        KeepHeads(step, 1);
        Freeze(step, 0, left.Rank - 1);
        Freeze(step, 1, right.Rank - 2);
        var rank = Math.Max(left.Rank, right.Rank);
        // The left operand has the rows of the result and the right one the columns: there the other counts as repeated.
        return Broadcasting.Tie(
            step,
            (step.Inputs[0].Rename(d => d + rank - left.Rank), d => d == rank - 1 ? 1 : SizeOf(left, d - rank + left.Rank)),
            (step.Inputs[1].Rename(d => d + rank - right.Rank), d => d == rank - 2 ? 1 : SizeOf(right, d - rank + right.Rank)));
    }

    /// <summary>softmax(q·kᵀ)·v for each head, of [..., heads, positions, features]: heads are tied, features stay.</summary>
    public static ChannelLayout Attention(FlowStep step)
    {
        if (Enumerable.Range(0, step.Inputs.Length).Any(i => step.ShapeOf(i) is not { Rank: >= 3 }))
            return Flows.Unknown(step);
        for (var i = 0; i < step.Inputs.Length; i++)
        {
            var rank = step.ShapeOf(i)!.Rank;
            KeepHeads(step, i);
            Freeze(step, i, rank - 1);
            Freeze(step, i, rank - 2);
        }

        return Broadcasting.All(step);
    }

    private static Dimension SizeOf(Shape shape, int dim) => dim < 0 ? 1 : shape[dim];

    private static void KeepHeads(FlowStep step, int input)
    {
        foreach (var block in step.Inputs[input].Blocks.Where(b => b.Dims.Length > 1).ToList())
            step.Along(input, block.Dims.Min());
    }

    private static void Freeze(FlowStep step, int input, int dim)
    {
        if (step.Inputs[input].BlockOf(dim) is not { } block)
            return;
        step.Freeze(block, $"'{step.Name}' sums over it");
        step.Inputs[input] = step.Inputs[input].Without(b => b == block);
    }
}
