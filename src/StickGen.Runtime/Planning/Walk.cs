namespace StickGen.Planning;

/// <summary>
/// Over which elements of a source and of a target a step goes: sizes, outermost first, and the distances of neighbours in both. What moves
/// values without computing is a walk, whatever it is called.
/// </summary>
internal sealed class Walk
{
    private readonly (int Size, int Source, int Target)[] loops;
    private readonly int sourceStart;
    private readonly int targetStart;

    /// <param name="dimensions">In any order.</param>
    /// <param name="sourceStart">The first element in the source.</param>
    /// <param name="targetStart">The first element in the target.</param>
    public Walk(IEnumerable<(int Size, int Source, int Target)> dimensions, int sourceStart = 0, int targetStart = 0)
    {
        (this.sourceStart, this.targetStart) = (sourceStart, targetStart);
        var merged = new List<(int Size, int Source, int Target)>();
        foreach (var inner in dimensions.Where(d => d.Size > 1).OrderByDescending(d => d.Target))
        {
            // Two dimensions that lie one in the other on both sides are one.
            if (merged is [.., var outer] && outer.Source == inner.Source * inner.Size && outer.Target == inner.Target * inner.Size)
                merged[^1] = (outer.Size * inner.Size, inner.Source, inner.Target);
            else
                merged.Add(inner);
        }

        loops = merged.Count > 0 ? [.. merged] : [(1, 1, 1)];
    }

    public void Copy<T>(ReadOnlySpan<T> source, Span<T> target)
        where T : unmanaged
    {
        Span<int> counters = stackalloc int[loops.Length];
        counters.Clear();
        var (size, sourceStep, targetStep) = loops[^1];
        var (from, to) = (sourceStart, targetStart);
        while (true)
        {
            if (targetStep == 1 && sourceStep == 1)
            {
                source.Slice(from, size).CopyTo(target[to..]);
            }
            else if (targetStep == 1 && sourceStep == 0)
            {
                target.Slice(to, size).Fill(source[from]);
            }
            else
            {
                for (var i = 0; i < size; i++)
                    target[to + (i * targetStep)] = source[from + (i * sourceStep)];
            }

            var loop = loops.Length - 2;
            for (; loop >= 0; loop--)
            {
                from += loops[loop].Source;
                to += loops[loop].Target;
                if (++counters[loop] < loops[loop].Size)
                    break;
                from -= loops[loop].Source * loops[loop].Size;
                to -= loops[loop].Target * loops[loop].Size;
                counters[loop] = 0;
            }

            if (loop < 0)
                return;
        }
    }
}
