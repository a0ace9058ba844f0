using System.Collections.Immutable;
using System.Runtime.InteropServices;
using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;

namespace StickGen.Units;

/// <summary>
/// The integers of a convolution or a linear layer between two quantized values. Computed here alone, for the integer-exact
/// forward and for the integer model.
/// </summary>
internal sealed class IntegerLayer
{
    // Weights and bias each stay below half of an int32, so that no sum of both overflows.
    private const long AccumulatorLimit = 1 << 30;

    private IntegerLayer(sbyte[] weights, long[] shape, ImmutableArray<float> scales, int[]? bias, float[] multipliers, (int, int) range, long bound)
    {
        (Weights, Shape, Scales, Bias, Multipliers, Range, Bound) = (weights, shape, scales, bias, multipliers, range, bound);
    }

    public sbyte[] Weights { get; }

    public long[] Shape { get; }

    public ImmutableArray<float> Scales { get; }

    public int[]? Bias { get; }

    public float[] Multipliers { get; }

    /// <summary>The integers of the result, activation included.</summary>
    public (int Low, int High) Range { get; }

    /// <summary>The greatest magnitude that any partial sum can have.</summary>
    public long Bound { get; }

    public static IntegerLayer Compute(
        string name, FoldedWeights folded, AffineParameters input, ValueQuantization output, Activation activation)
    {
        var channels = folded.Scales.Length;
        var integers = (int[])folded.Integers.Clone();
        var scales = (float[])folded.Scales.Clone();
        var bias = folded.Bias is null ? null : new int[channels];
        var multipliers = new float[channels];
        var rowLength = integers.Length / channels;
        long bound = 0;
        for (var c = 0; c < channels; c++)
        {
            var row = integers.AsSpan(c * rowLength, rowLength);
            if (!float.IsFinite(scales[c]) || !double.IsFinite(folded.Bias?[c] ?? 0))
                throw new CompressionException(
                    $"'{name}' (channel {c}) has the weight scale {scales[c]} and the bias {folded.Bias?[c] ?? 0}, batch normalization folded in; both have to be finite.");
            scales[c] = Widen(row, scales[c], folded.Bias?[c] ?? 0, input.Scale, output.Scale);
            if (bias is not null)
                bias[c] = Requantization.Bias((float)folded.Bias![c], input.Scale, scales[c]);
            multipliers[c] = Requantization.Multiplier(input.Scale, scales[c], output.Scale);

            long sum = 0;
            foreach (var w in row)
            {
                if (w is < -127 or > 127)
                    throw new CompressionException(
                        $"'{name}' has the integer weight {w}; the integer model's are in [-127, 127]. Set the narrow range for weights.");
                sum += Math.Abs(w);
            }

            var reach = sum * input.Reach;
            if (reach > AccumulatorLimit)
                throw new CompressionException(
                    $"A sum of '{name}' (channel {c}) can reach {reach}, which is too near to what an int32 holds. Use fewer bits or keep the layer in float.");
            bound = Math.Max(bound, reach + Math.Abs((long)(bias?[c] ?? 0)));
        }

        return new(
            Array.ConvertAll(integers, w => (sbyte)w), folded.Shape, [.. scales], bias, multipliers, activation.Bounds(output), bound);
    }

    /// <summary>The weights as bytes.</summary>
    public byte[] WeightBytes() => MemoryMarshal.AsBytes<sbyte>(Weights).ToArray();

    /// <summary>
    /// A channel whose weights are all zero, or so small that the bias in their steps does not fit an int32, as channels that
    /// training has switched off are, takes a coarser scale, in which the bias is still represented to 1/1024 of an output step
    /// or to 30 bits.
    /// </summary>
    private static float Widen(Span<int> row, float scale, double bias, float inputScale, float outputScale)
    {
        var needed = Math.Max(Math.Abs(bias) / ((double)inputScale * (AccumulatorLimit - 1024)), AffineQuantization.MinimumScale);
        var empty = !row.ContainsAnyExcept(0);
        if (!empty && needed <= scale)
            return scale;

        var wide = (float)Math.Max(needed * 1.000001, empty ? outputScale / (1024.0 * inputScale) : 0);
        wide = Math.Max(wide, AffineQuantization.MinimumScale);
        foreach (ref var w in row)
            w = (int)Math.Round(w * ((double)scale / wide), MidpointRounding.ToEven);
        return wide;
    }
}
