using StickGen.Compression;

namespace StickGen.Pruning;

/// <summary>Channels of a group that are removed at once, and how important they are together.</summary>
internal sealed record RemovalBlock(ChannelGroup Group, int[] Channels, double Score);

/// <summary>
/// The order in which channels are removed: in each group the least important first, in blocks that leave a permitted width.
/// </summary>
internal sealed class RemovalOrder(ChannelGroups groups, IReadOnlyList<RemovalBlock> blocks)
{
    private readonly ModelCost cost = new(groups);

    /// <summary>The blocks of one group, least important first.</summary>
    /// <param name="group">The group.</param>
    /// <param name="scores">The importance of each channel.</param>
    /// <param name="unit">Widths that are left are multiples of it.</param>
    /// <param name="minimum">The least width.</param>
    /// <param name="score">The importance of a block, from those of its channels, ascending.</param>
    public static List<RemovalBlock> BlocksOf(
        ChannelGroup group, IReadOnlyList<double> scores, int unit, int minimum, Func<IReadOnlyList<double>, double> score)
    {
        int[] ascending = [.. Enumerable.Range(0, group.Width).OrderBy(i => scores[i])];
        var blocks = new List<RemovalBlock>();
        for (var start = 0; ;)
        {
            // The first block takes what is over a multiple.
            var size = (group.Width - start) % unit is var rest and > 0 ? rest : unit;
            if (group.Width - start - size < Math.Max(1, minimum))
                return blocks;
            int[] channels = ascending[start..(start + size)];
            blocks.Add(new(group, channels, score([.. channels.Select(c => scores[c])])));
            start += size;
        }
    }

    /// <summary>What widths of a group have to be multiples of for the widths of its layers to be multiples of <paramref name="roundTo"/>.</summary>
    public static int UnitOf(ChannelGroup group, int roundTo)
    {
        var unit = 1L;
        foreach (var axis in group.Axes.Where(a => a.Axis.Role != ChannelRole.Input))
        {
            var needed = roundTo / Gcd(roundTo, axis.PerChannel);
            unit = unit / Gcd(unit, needed) * needed;
        }

        return checked((int)unit);
    }

    /// <summary>The shortest start of the order that reaches a share of a measure.</summary>
    /// <exception cref="CompressionException">The whole order does not reach it; the message says how much it reaches.</exception>
    public ChannelSelection Until(double ratio, PruningMeasure measure)
    {
        var before = Measure(0, measure);
        // The measure falls with each block.
        var (low, high) = (0, blocks.Count);
        if (!Reaches(high))
        {
            var most = before == 0 ? 0 : 1 - (Measure(high, measure) / before);
            throw new CompressionException(FormattableString.Invariant(
                $"Ratio is {ratio}, but at most {most:0.####} of the {measure.ToString().ToLowerInvariant()} of {groups.Model} can be removed: other layers are frozen or at their minimum width."));
        }

        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Reaches(middle))
                high = middle;
            else
                low = middle + 1;
        }

        return Select(high);

        // Rounding must not cost a channel: 0.3 of 10 are 3.
        bool Reaches(int count) => before - Measure(count, measure) >= (ratio * before) - 1e-9;
    }

    /// <summary>What is kept without the first blocks.</summary>
    public ChannelSelection Select(int count)
    {
        var selection = ChannelSelection.All(groups);
        foreach (var group in blocks.Take(count).GroupBy(b => b.Group))
            selection = selection.Remove(group.Key, group.SelectMany(b => b.Channels).ToHashSet());
        return selection;
    }

    private double Measure(int count, PruningMeasure measure) => measure switch
    {
        PruningMeasure.Channels => groups.Prunable.Sum(g => g.Width) - blocks.Take(count).Sum(b => b.Channels.Length),
        PruningMeasure.Parameters => cost.Parameters(Select(count).ToKept()),
        _ => cost.Multiplications(Select(count).ToKept()),
    };

    private static long Gcd(long a, long b) => b == 0 ? a : Gcd(b, a % b);
}
