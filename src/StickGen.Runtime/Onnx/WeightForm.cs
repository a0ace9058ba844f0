using System.Runtime.InteropServices;
using StickGen.Graphs;

namespace StickGen.Onnx;

/// <summary>Which weights are exported as signed bytes; the others are unsigned ones around the zero point 128.</summary>
internal enum SignedWeights
{
    /// <summary>Those that no kernel of ONNX Runtime saturates with (<see cref="WeightForm.IsSignedSafe"/>).</summary>
    WhereSafe,

    /// <summary>All, which is faster and may be wrong. For comparisons.</summary>
    Always,
}

/// <summary>Whether weights are exported as signed bytes, or as unsigned ones around the zero point 128.</summary>
internal static class WeightForm
{
    /// <summary>The zero point of unsigned weights.</summary>
    public const int UnsignedZeroPoint = 128;

    /// <summary>
    /// Whether signed weights are safe. On x86 without VNNI, ONNX Runtime multiplies unsigned activations by signed weights with
    /// <c>vpmaddubsw</c>, whose sums of two neighbouring products saturate at 16 bits. Which products are neighbours depends on the
    /// layout that it chooses, so that every two weights of the layer count as such. Both forms are exact with unsigned weights, for
    /// which it widens to 16 bits first.
    /// </summary>
    /// <param name="weight">The weight, s8.</param>
    /// <param name="input">The quantization of what it is multiplied with.</param>
    public static bool IsSignedSafe(GraphValue weight, ValueQuantization input)
    {
        var largest = 0;
        foreach (var w in MemoryMarshal.Cast<byte, sbyte>(weight.Data.Span))
            largest = Math.Max(largest, Math.Abs((int)w));
        return 2 * largest * input.High <= short.MaxValue;
    }
}
