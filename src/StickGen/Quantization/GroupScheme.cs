namespace StickGen.Quantization;

/// <summary>
/// How the weights of a linear layer are mapped to integers in groups: each output row is cut into groups of neighbouring inputs, and each group has a scale of its own,
/// and a zero point of its own if asymmetric. Integers are signed: <c>weight = scale · (q − zero point)</c> with q in [−2ᵇ⁻¹, 2ᵇ⁻¹ − 1].
/// </summary>
public sealed record GroupScheme
{
    private readonly int bits = 8;
    private readonly int groupSize;

    /// <summary>The number of bits: 2, 3, 4 or 8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Another number.</exception>
    public int Bits
    {
        get => bits;
        init => bits = value is 2 or 3 or 4 or 8
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Bits), value, $"{nameof(Bits)} is {value}; weights have 2, 3, 4 or 8 bits.");
    }

    /// <summary>The number of inputs in a group; 0 for one group of all inputs (a scale for each output channel).</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative number.</exception>
    public int GroupSize
    {
        get => groupSize;
        init => groupSize = value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(GroupSize), value, $"{nameof(GroupSize)} is {value}; it is a number of inputs, or 0 for all of them.");
    }

    /// <summary>Whether all zero points are 0.</summary>
    public bool Symmetric { get; init; } = true;

    /// <summary>The lowest integer.</summary>
    public int QMin => -(1 << (Bits - 1));

    /// <summary>The highest integer.</summary>
    public int QMax => (1 << (Bits - 1)) - 1;

    /// <summary>The number of inputs in a group of a layer.</summary>
    /// <param name="inputs">The inputs of the layer, at least 1.</param>
    /// <exception cref="ArgumentException">The group size does not divide the number of inputs.</exception>
    public int GroupLength(int inputs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        if (GroupSize == 0)
            return inputs;
        return inputs % GroupSize == 0
            ? GroupSize
            : throw new ArgumentException($"{nameof(GroupSize)} is {GroupSize}, which does not divide the {inputs} inputs of the layer.");
    }

    /// <summary>
    /// Scale and zero point of a group, by <see cref="AffineQuantization.ChooseParameters"/>: symmetric <c>2·max|w| / (2ᵇ − 1)</c>, asymmetric <c>(max − min) / (2ᵇ − 1)</c>.
    /// </summary>
    /// <param name="weights">The weights of the group.</param>
    /// <exception cref="ArgumentException">A weight is not finite.</exception>
    public (float Scale, int ZeroPoint) ChooseParameters(ReadOnlySpan<float> weights)
    {
        var (min, max) = (0f, 0f);
        foreach (var w in weights)
        {
            if (!float.IsFinite(w))
                throw new ArgumentException($"A weight is {w}; weights have to be finite.");
            (min, max) = (MathF.Min(min, w), MathF.Max(max, w));
        }

        return AffineQuantization.ChooseParameters(min, max, new() { Bits = Bits, Signed = true, Symmetric = Symmetric });
    }

    /// <summary>The integer of a weight, as <see cref="AffineQuantization.Quantize"/> defines it.</summary>
    public int Quantize(float weight, float scale, int zeroPoint) => AffineQuantization.Quantize(weight, scale, zeroPoint, QMin, QMax);

    /// <summary>A short text for tables, such as <c>s4 g64 symmetric</c>.</summary>
    public override string ToString() => $"s{Bits} {(GroupSize == 0 ? "per-channel" : $"g{GroupSize}")} {(Symmetric ? "symmetric" : "asymmetric")}";
}
