namespace StickGen.Training;

/// <summary>
/// Steele, Lea and Flood's SplitMix64 (2014). <see cref="Random"/> takes 32-bit seeds only, and checkpoints should not
/// depend on its algorithm.
/// </summary>
internal struct SplitMix64(ulong seed)
{
    private ulong state = seed;

    public ulong Next()
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 to <paramref name="bound"/> − 1, each equally likely (Lemire's method).</summary>
    public long Below(long bound)
    {
        var range = (ulong)bound;
        var high = Math.BigMul(Next(), range, out var low);
        if (low < range)
        {
            var threshold = unchecked(0 - range) % range;
            while (low < threshold)
                high = Math.BigMul(Next(), range, out low);
        }

        return (long)high;
    }
}
