using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StickGen.Deployment;
using StickGen.Quantization;

namespace StickGen.Kernels.Grouped;

/// <summary>Brings the inputs of a product into the order in which products read them.</summary>
internal static class Tokens
{
    /// <summary>What quantized inputs are offset by while they are unsigned.</summary>
    private const int Middle = 128;

    /// <summary>Where a chunk's input is in the values of a <see cref="ByteToken"/>.</summary>
    /// <param name="i">Which of the chunk's inputs.</param>
    /// <param name="bits">Bits of a weight.</param>
    public static int Place(int i, int bits)
    {
        var perByte = 8 / bits;
        return (i % perByte * sizeof(uint)) + (i / perByte);
    }

    /// <param name="panels">The weights it will be multiplied with.</param>
    /// <param name="source">The inputs.</param>
    /// <param name="values">As many as <see cref="GroupedPanels.PaddedColumns"/>.</param>
    /// <param name="sums">As many as groups.</param>
    public static FloatToken Arrange(GroupedPanels panels, ReadOnlySpan<float> source, Span<float> values, Span<float> sums)
    {
        var padded = panels.ChunksPerGroup * panels.PerLane;
        for (var group = 0; group < panels.Groups; group++)
        {
            var from = source.Slice(group * panels.GroupLength, panels.GroupLength);
            var to = values.Slice(group * padded, padded);
            from.CopyTo(to);
            to[from.Length..].Clear();
            if (panels.ZeroPoints is null)
                continue;
            var sum = 0f;
            foreach (var x in from)
                sum += x;
            sums[group] = sum;
        }

        return new(values, sums);
    }

    /// <param name="panels">The weights it will be multiplied with.</param>
    /// <param name="source">The inputs, all of them finite.</param>
    /// <param name="kernels">What quantizes.</param>
    /// <param name="quantized">As many bytes as inputs, for its own use.</param>
    /// <param name="values">As many as <see cref="GroupedPanels.PaddedColumns"/>.</param>
    /// <param name="sums">As many as groups.</param>
    /// <param name="scale">Of the inputs.</param>
    public static ByteToken Arrange(
        GroupedPanels panels, ReadOnlySpan<float> source, IKernels kernels, Span<byte> quantized, Span<sbyte> values, Span<int> sums, float scale)
    {
        kernels.Quantize(source, quantized, new(scale, Middle, Middle - DynamicQuantization.QMax, Middle + DynamicQuantization.QMax));
        Arrange(panels, quantized, values, sums);
        return new(values, sums, scale);
    }

    /// <summary>With one scale and zero point for all tokens. Values that are no numbers become the zero point, others the nearest integer.</summary>
    /// <inheritdoc cref="Arrange(GroupedPanels, ReadOnlySpan{float}, IKernels, Span{byte}, Span{sbyte}, Span{int}, float)"/>
    public static ByteToken Arrange(
        GroupedPanels panels, ReadOnlySpan<float> source, IKernels kernels, Span<byte> quantized, Span<sbyte> values, Span<int> sums, float scale, int zeroPoint, ReadOnlySpan<int> corrections)
    {
        kernels.Quantize(source, quantized, new(scale, zeroPoint, byte.MinValue, byte.MaxValue));
        Arrange(panels, quantized, values, sums);
        return new(values, sums, scale, corrections);
    }

    /// <summary>What the sums of groups have to be corrected by for inputs that are offset by <see cref="Middle"/> instead of their zero point.</summary>
    public static int[] Corrections(GroupedPanels panels, GroupedWeights weights, int zeroPoint) => Array.ConvertAll(panels.SumWeights(weights), sum => (Middle - zeroPoint) * sum);

    private static void Arrange(GroupedPanels panels, ReadOnlySpan<byte> quantized, Span<sbyte> values, Span<int> sums)
    {
        var padded = panels.ChunksPerGroup * panels.PerLane;
        var order = Order(panels.Bits);
        for (var group = 0; group < panels.Groups; group++)
        {
            var from = quantized.Slice(group * panels.GroupLength, panels.GroupLength);
            sums[group] = Sum(from) - (Middle * from.Length);
            Arrange(from, values.Slice(group * padded, padded), panels, order);
        }
    }

    private static int Sum(ReadOnlySpan<byte> values)
    {
        var sum = 0;
        foreach (var value in values)
            sum += value;
        return sum;
    }

    private static void Arrange(ReadOnlySpan<byte> source, Span<sbyte> target, GroupedPanels panels, Vector128<byte> order)
    {
        var i = 0;
        for (; i + Vector128<byte>.Count <= source.Length; i += Vector128<byte>.Count)
        {
            var vector = Vector128.Create(source.Slice(i, Vector128<byte>.Count)) ^ Vector128.Create((byte)Middle);
            Vector128.Shuffle(vector, order).AsSByte().CopyTo(target[i..]);
        }

        target[i..].Clear();
        for (; i < source.Length; i++)
            target[(i / panels.PerLane * panels.PerLane) + Place(i % panels.PerLane, panels.Bits)] = (sbyte)(source[i] - Middle);
    }

    /// <summary>Which of 16 inputs, which are whole chunks, comes to each place.</summary>
    private static Vector128<byte> Order(int bits)
    {
        Span<byte> order = stackalloc byte[Vector128<byte>.Count];
        var perLane = 32 / bits;
        for (var i = 0; i < order.Length; i++)
            order[(i / perLane * perLane) + Place(i % perLane, bits)] = (byte)i;
        return Vector128.Create(order);
    }

    /// <summary>The largest magnitude; not finite where a value is not.</summary>
    public static float Largest(ReadOnlySpan<float> values)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var largest = Vector<float>.Zero;
        // The largest of magnitudes as integers is also the largest as floats, and infinities and NaN are above all others.
        foreach (var vector in vectors)
            largest = Vector.AsVectorSingle(Vector.Max(Vector.AsVectorInt32(Vector.Abs(vector)), Vector.AsVectorInt32(largest)));
        var result = 0;
        for (var i = 0; i < Vector<float>.Count; i++)
            result = Math.Max(result, BitConverter.SingleToInt32Bits(largest[i]));
        foreach (var value in values[(vectors.Length * Vector<float>.Count)..])
            result = Math.Max(result, BitConverter.SingleToInt32Bits(MathF.Abs(value)));
        return BitConverter.Int32BitsToSingle(result);
    }
}
