namespace StickGen.Quantization;

/// <summary>
/// How real numbers are mapped to integers: <c>real = scale · (q − zero point)</c> with <c>q</c> in
/// [<see cref="QMin"/>, <see cref="QMax"/>].
/// </summary>
public sealed record QuantizationScheme
{
    /// <summary>Activations: unsigned, asymmetric, one scale per tensor, 8 bits.</summary>
    public static QuantizationScheme Activations8 { get; } = new() { Bits = 8, Signed = false };

    /// <summary>Weights: signed, symmetric in [−127, 127], one scale per output channel, 8 bits.</summary>
    public static QuantizationScheme Weights8 { get; } =
        new() { Bits = 8, Signed = true, Symmetric = true, NarrowRange = true, PerChannel = true };

    private readonly int bits = 8;

    /// <summary>Two's complement or unsigned integers of 8 bits.</summary>
    public QuantizationScheme()
    {
    }

    private QuantizationScheme(int bits) => this.bits = bits;

    /// <summary>
    /// Weights on the odd integers from −(2ᵇ − 1) to 2ᵇ − 1: 2ᵇ levels at equal distances, half of them negative, none of them 0.
    /// With 1 bit these are −1 and 1.
    /// </summary>
    /// <param name="bits">The number of bits, 1 to 6, so that integers fit a signed byte.</param>
    /// <param name="perChannel">Whether each output channel has a scale of its own.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of bits is another one.</exception>
    public static QuantizationScheme OddWeights(int bits, bool perChannel) =>
        bits is >= 1 and <= 6
            ? new(bits) { IsOdd = true, Signed = true, Symmetric = true, PerChannel = perChannel }
            : throw new ArgumentOutOfRangeException(nameof(bits), bits, $"{nameof(bits)} is {bits}; 1 to 6 bits are supported for odd levels.");

    /// <summary>The number of bits, 2 to 8; 1 is possible for <see cref="OddWeights"/> alone.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside 2 to 8.</exception>
    public int Bits
    {
        get => bits;
        init => bits = value is >= 2 and <= 8
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Bits), value, $"{nameof(Bits)} is {value}; 2 to 8 bits are supported.");
    }

    /// <summary>Whether integers are two's complement (weights) or unsigned (activations).</summary>
    public bool Signed { get; init; }

    /// <summary>Whether the range is [−M, M], so that the zero point is 0 if signed and the middle if not.</summary>
    public bool Symmetric { get; init; }

    /// <summary>Whether the lowest integer is left out, which makes a signed range symmetric: [−127, 127].</summary>
    public bool NarrowRange { get; init; }

    /// <summary>Whether each output channel (dimension 0 of a weight) has a scale of its own.</summary>
    public bool PerChannel { get; init; }

    /// <summary>Whether only odd integers are in use, as <see cref="OddWeights"/> says.</summary>
    public bool IsOdd { get; private init; }

    /// <summary>The lowest integer in use.</summary>
    public int QMin => IsOdd ? -QMax : (Signed ? -(1 << (Bits - 1)) : 0) + (NarrowRange ? 1 : 0);

    /// <summary>The highest integer in use.</summary>
    public int QMax => IsOdd ? (1 << Bits) - 1 : Signed ? (1 << (Bits - 1)) - 1 : (1 << Bits) - 1;

    /// <summary>The zero point of a symmetric range, and of a degenerate one.</summary>
    internal int Middle => Signed ? 0 : Symmetric ? 1 << (Bits - 1) : 0;

    /// <summary>A short text for tables, such as <c>s8 per-channel symmetric</c>.</summary>
    public override string ToString() =>
        $"{(Signed ? 's' : 'u')}{Bits} {(PerChannel ? "per-channel" : "per-tensor")} {(IsOdd ? "odd" : Symmetric ? "symmetric" : "asymmetric")}";
}
