namespace StickGen.Kernels.Grouped;

/// <summary>
/// One of the small integers in a 32-bit lane, and how it becomes a float without a conversion: its bits are put under the exponent that gives the lowest of them the value 1
/// (<c>lane &amp; Mask | Exponent</c> is <c>2²³⁻ˢ + u</c>), and <see cref="Offset"/> is taken away, exactly. Only the lower 23 bits of a lane can be used so; fields above are shifted down first.
/// </summary>
/// <param name="Mask">Its bits in the lane.</param>
/// <param name="Exponent">The bits of 2²³⁻ˢ, where s is the place of its lowest bit.</param>
/// <param name="Offset">2²³⁻ˢ and half the number of levels, which makes the integer signed.</param>
internal readonly record struct Field(uint Mask, uint Exponent, float Offset)
{
    private const int MantissaBits = 23;

    /// <summary>How many fields can be read from a lane without a shift.</summary>
    public static int InReach(int bits) => MantissaBits / bits;

    /// <summary>The fields that are in reach, lowest first.</summary>
    public static Field[] All(int bits) => [.. Enumerable.Range(0, Math.Min(InReach(bits), 32 / bits)).Select(place => Create(bits, place * bits))];

    private static Field Create(int bits, int shift)
    {
        var exponent = (float)(1 << (MantissaBits - shift));
        return new(((1u << bits) - 1) << shift, BitConverter.SingleToUInt32Bits(exponent), exponent + (1 << (bits - 1)));
    }
}
