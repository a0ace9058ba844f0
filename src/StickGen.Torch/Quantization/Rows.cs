using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>
/// Passes over the rows of a weight (the indices of dimension 0) in managed code. Weights are small, and a dozen tensor
/// operations on each cost more than the arithmetic.
/// </summary>
internal static class Rows
{
    /// <summary>Whether the elements can be reached as one span: float32, in the CPU's memory, row-major.</summary>
    public static bool AreReachable(Tensor values) =>
        values.dtype == ScalarType.Float32 && values.device_type == DeviceType.CPU && values.is_contiguous()
        && values.numel() is > 0 and <= int.MaxValue / sizeof(float);

    /// <summary>The elements of a reachable tensor.</summary>
    public static Span<float> Elements(Tensor values) => MemoryMarshal.Cast<byte, float>(values.bytes);

    /// <summary>The lowest and the highest value of each row; NaN where a row has one.</summary>
    public static (float[] Minimum, float[] Maximum) Range(Tensor values, int rows)
    {
        var elements = Elements(values);
        var length = elements.Length / rows;
        var (minimum, maximum) = (new float[rows], new float[rows]);
        for (var r = 0; r < rows; r++)
            (minimum[r], maximum[r]) = Range(elements.Slice(r * length, length));
        return (minimum, maximum);
    }

    private static (float Minimum, float Maximum) Range(ReadOnlySpan<float> row)
    {
        var (minimum, maximum) = (row[0], row[0]);
        var vectors = MemoryMarshal.Cast<float, Vector256<float>>(row);
        if (vectors.Length > 0)
        {
            var (low, high) = (vectors[0], vectors[0]);
            foreach (ref readonly var v in vectors)
                (low, high) = (Vector256.Min(low, v), Vector256.Max(high, v));
            for (var i = 0; i < Vector256<float>.Count; i++)
                (minimum, maximum) = (MathF.Min(minimum, low[i]), MathF.Max(maximum, high[i]));
        }

        foreach (var v in row[(vectors.Length * Vector256<float>.Count)..])
            (minimum, maximum) = (MathF.Min(minimum, v), MathF.Max(maximum, v));
        return (minimum, maximum);
    }
}
