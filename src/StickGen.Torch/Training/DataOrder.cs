namespace StickGen.Training;

/// <summary>The order of the samples in an epoch: a function of the seed and the epoch, the same on every machine and in every version.</summary>
internal static class DataOrder
{
    public static long[] Sequential(long count)
    {
        var order = new long[count];
        for (var i = 0L; i < count; i++)
            order[i] = i;
        return order;
    }

    public static long[] Shuffled(long count, long seed, int epoch)
    {
        var order = Sequential(count);
        var random = new SplitMix64(Seeds.Derive(seed, Seeds.DataOrder, epoch));
        // Fisher–Yates.
        for (var i = count - 1; i > 0; i--)
        {
            var j = random.Below(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }
}
