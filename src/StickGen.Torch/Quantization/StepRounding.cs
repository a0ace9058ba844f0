using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>
/// <c>x = scale · round(x / scale)</c> of weights in one pass over memory, where tensor operations take three. The bits are the same.
/// </summary>
internal static class StepRounding
{
    /// <summary>Rounds each row of a reachable tensor in place by a scale of its own.</summary>
    public static void InPlace(Tensor values, ReadOnlySpan<float> scales)
    {
        var elements = Rows.Elements(values);
        var length = elements.Length / scales.Length;
        for (var r = 0; r < scales.Length; r++)
            Round(elements.Slice(r * length, length), scales[r]);
    }

    private static void Round(Span<float> values, float scale)
    {
        var step = Vector256.Create(scale);
        var vectors = MemoryMarshal.Cast<float, Vector256<float>>(values);
        foreach (ref var v in vectors)
            v = Vector256.Round(v / step) * step;
        foreach (ref var v in values[(vectors.Length * Vector256<float>.Count)..])
            v = MathF.Round(v / scale) * scale;
    }
}
