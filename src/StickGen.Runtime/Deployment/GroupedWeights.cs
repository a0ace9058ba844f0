using StickGen.Quantization;

namespace StickGen.Deployment;

/// <summary>
/// The weights of a linear layer as integers, with a scale for each output or for each group of inputs: what weight-only quantization makes, whatever the algorithm, and
/// what <see cref="GroupQuantizedMatrix"/> multiplies with. Not changed after it is made.
/// </summary>
public sealed class GroupedWeights
{
    private readonly sbyte[] values;
    private readonly float[] scales;
    private readonly sbyte[] zeroPoints;

    /// <summary>The most inputs that a layer can have: sums of products are then below 2³¹.</summary>
    public const int MaximumColumns = 1 << 16;

    /// <summary>Weights that are integers already; arrays are not copied.</summary>
    /// <param name="scheme">Bits, group size, symmetry.</param>
    /// <param name="rows">Outputs of the layer.</param>
    /// <param name="columns">Inputs of the layer, at most <see cref="MaximumColumns"/>.</param>
    /// <param name="values">Integers of the scheme: rows × columns.</param>
    /// <param name="scales">rows × groups, finite.</param>
    /// <param name="zeroPoints">rows × groups integers of the scheme; none if symmetric.</param>
    /// <exception cref="ArgumentException">A size, an integer or a scale is not what the scheme asks for; the message says which.</exception>
    public GroupedWeights(GroupScheme scheme, int rows, int columns, sbyte[] values, float[] scales, sbyte[]? zeroPoints = null)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(scales);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, MaximumColumns);
        zeroPoints ??= [];
        GroupLength = scheme.GroupLength(columns);
        Check(nameof(values), values.Length, (long)rows * columns);
        Check(nameof(scales), scales.Length, (long)rows * (columns / GroupLength));
        Check(nameof(zeroPoints), zeroPoints.Length, scheme.Symmetric ? 0 : scales.Length);
        Check(scheme, values, scales, zeroPoints);
        (Scheme, Rows, Columns) = (scheme, rows, columns);
        (this.values, this.scales, this.zeroPoints) = (values, scales, zeroPoints);
    }

    /// <summary>Bits, group size, symmetry.</summary>
    public GroupScheme Scheme { get; }

    /// <summary>Outputs of the layer.</summary>
    public int Rows { get; }

    /// <summary>Inputs of the layer.</summary>
    public int Columns { get; }

    /// <summary>Inputs of a group.</summary>
    public int GroupLength { get; }

    /// <summary>Groups of an output.</summary>
    public int Groups => Columns / GroupLength;

    /// <summary>The integers: rows × columns.</summary>
    public ReadOnlyMemory<sbyte> Values => values;

    /// <summary>rows × groups.</summary>
    public ReadOnlyMemory<float> Scales => scales;

    /// <summary>rows × groups; empty where all are 0.</summary>
    public ReadOnlyMemory<sbyte> ZeroPoints => zeroPoints;

    /// <summary>Quantizes weights by rounding to nearest (RTN).</summary>
    /// <param name="scheme">Bits, group size, symmetry.</param>
    /// <param name="rows">Outputs of the layer.</param>
    /// <param name="columns">Inputs of the layer, at most <see cref="MaximumColumns"/>.</param>
    /// <param name="weights">rows × columns, finite.</param>
    /// <exception cref="ArgumentException">A size does not fit, or a weight is not finite.</exception>
    public static GroupedWeights RoundToNearest(GroupScheme scheme, int rows, int columns, ReadOnlySpan<float> weights)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        Check(nameof(weights), weights.Length, (long)rows * columns);
        var length = scheme.GroupLength(columns);
        var values = new sbyte[weights.Length];
        var scales = new float[weights.Length / length];
        var zeroPoints = new sbyte[scheme.Symmetric ? 0 : scales.Length];
        for (var group = 0; group < scales.Length; group++)
        {
            var source = weights.Slice(group * length, length);
            var (scale, zeroPoint) = scheme.ChooseParameters(source);
            scales[group] = scale;
            if (!scheme.Symmetric)
                zeroPoints[group] = (sbyte)zeroPoint;
            for (var i = 0; i < source.Length; i++)
                values[(group * length) + i] = (sbyte)scheme.Quantize(source[i], scale, zeroPoint);
        }

        return new(scheme, rows, columns, values, scales, zeroPoints);
    }

    /// <summary>The real numbers that the integers stand for: rows × columns.</summary>
    public float[] Dequantize()
    {
        var result = new float[values.Length];
        for (var i = 0; i < result.Length; i++)
            result[i] = AffineQuantization.Dequantize(values[i], scales[i / GroupLength], zeroPoints.Length == 0 ? 0 : zeroPoints[i / GroupLength]);
        return result;
    }

    /// <exception cref="ArgumentException">An integer is none of the scheme, a scale is not finite.</exception>
    internal static void Check(GroupScheme scheme, ReadOnlySpan<sbyte> values, ReadOnlySpan<float> scales, ReadOnlySpan<sbyte> zeroPoints)
    {
        Check(nameof(values), values, scheme);
        Check(nameof(zeroPoints), zeroPoints, scheme);
        foreach (var scale in scales)
        {
            if (!float.IsFinite(scale))
                throw new ArgumentException($"A scale is {scale}; scales have to be finite.", nameof(scales));
        }
    }

    private static void Check(string name, int actual, long expected)
    {
        if (actual != expected)
            throw new ArgumentException($"{name} has {actual} elements; {expected} are expected.", name);
    }

    private static void Check(string name, ReadOnlySpan<sbyte> integers, GroupScheme scheme)
    {
        foreach (var q in integers)
        {
            if (q < scheme.QMin || q > scheme.QMax)
                throw new ArgumentException($"{name} has a {q}; {scheme} has integers from {scheme.QMin} to {scheme.QMax}.", name);
        }
    }
}
