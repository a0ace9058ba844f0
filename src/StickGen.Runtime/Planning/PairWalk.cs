namespace StickGen.Planning;

/// <summary>Over which elements of two sources and of a contiguous target a step goes, of which a source may be repeated.</summary>
internal sealed class PairWalk
{
    private readonly (int Size, int Left, int Right, int Target)[] loops;

    /// <param name="dimensions">In any order; the target has no holes.</param>
    public PairWalk(IEnumerable<(int Size, int Left, int Right, int Target)> dimensions)
    {
        var merged = new List<(int Size, int Left, int Right, int Target)>();
        foreach (var inner in dimensions.Where(d => d.Size > 1).OrderByDescending(d => d.Target))
        {
            if (merged is [.., var outer] && outer.Left == inner.Left * inner.Size && outer.Right == inner.Right * inner.Size)
                merged[^1] = (outer.Size * inner.Size, inner.Left, inner.Right, inner.Target);
            else
                merged.Add(inner);
        }

        loops = merged.Count > 0 ? [.. merged] : [(1, 1, 1, 1)];
    }

    /// <summary>The elements of the innermost loop.</summary>
    public int Length => loops[^1].Size;

    /// <summary>How far the innermost loop goes in the left source and in the right one: 1, or 0 for one that is repeated; others are not supported.</summary>
    public (int Left, int Right) Steps => (loops[^1].Left, loops[^1].Right);

    /// <summary>Calls <paramref name="row"/> for each innermost loop with the positions of its first elements.</summary>
    public void Run<TRow>(ref TRow row)
        where TRow : IRow, allows ref struct
    {
        Span<int> counters = stackalloc int[loops.Length];
        counters.Clear();
        var (left, right, target) = (0, 0, 0);
        while (true)
        {
            row.Run(left, right, target);
            var loop = loops.Length - 2;
            for (; loop >= 0; loop--)
            {
                var (size, leftStep, rightStep, targetStep) = loops[loop];
                (left, right, target) = (left + leftStep, right + rightStep, target + targetStep);
                if (++counters[loop] < size)
                    break;
                (left, right, target) = (left - (leftStep * size), right - (rightStep * size), target - (targetStep * size));
                counters[loop] = 0;
            }

            if (loop < 0)
                return;
        }
    }

    /// <summary>What is done with an innermost loop.</summary>
    internal interface IRow
    {
        /// <param name="left">The first element in the left source.</param>
        /// <param name="right">The first element in the right source.</param>
        /// <param name="target">The first element in the target.</param>
        void Run(int left, int right, int target);
    }
}
