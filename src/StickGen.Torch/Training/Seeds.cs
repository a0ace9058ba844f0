namespace StickGen.Training;

/// <summary>Derives independent seeds from one: for each purpose, and in it for each epoch or step.</summary>
internal static class Seeds
{
    public const ulong DataOrder = 1;
    public const ulong Augmentation = 2;
    public const ulong Pruning = 3;
    public const ulong Calibration = 4;

    public static ulong Derive(long seed, ulong purpose, long index)
    {
        // Each word is mixed in by a full round, so that neighbouring seeds and indices have nothing in common.
        var random = new SplitMix64(unchecked((ulong)seed));
        random = new(random.Next() ^ purpose);
        random = new(random.Next() ^ unchecked((ulong)index));
        return random.Next();
    }
}
