using StickGen.Graphs;
using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>Exact integer arithmetic on tensors of integer-valued floats.</summary>
public static class IntegerArithmetic
{
    /// <summary>Below this, float32 represents every integer.</summary>
    internal const long Float32Limit = 1 << 24;

    /// <summary>
    /// The integers, less the zero point, of real numbers that are <c>scale · (q − zero point)</c>: they are off by two
    /// roundings at most, far less than half a step.
    /// </summary>
    public static Tensor Steps(Tensor real, Slot slot)
    {
        ArgumentNullException.ThrowIfNull(real);
        ArgumentNullException.ThrowIfNull(slot);
        using var scale = tensor(slot.Parameters.Scale, device: real.device);
        return real.detach().div(scale).round_();
    }

    /// <summary><c>scale · steps</c> in float32, as <see cref="AffineQuantization.Dequantize"/>.</summary>
    internal static Tensor ToReal(Tensor steps, AffineParameters parameters)
    {
        using var scale = tensor(parameters.Scale, device: steps.device);
        return steps.mul(scale);
    }

    /// <summary>
    /// <see cref="Requantization.Requantize"/> less the zero point, on a tensor: the accumulator is rounded to float32, multiplied
    /// in float32, clamped, rounded half to even.
    /// </summary>
    /// <param name="accumulator">Integers in float32 or float64.</param>
    /// <param name="multiplier">A number, or one for each channel, shaped to broadcast.</param>
    /// <param name="output">The zero point of the result.</param>
    /// <param name="range">The range of integers, activation included.</param>
    public static Tensor Requantize(Tensor accumulator, Tensor multiplier, ValueQuantization output, (int Low, int High) range)
    {
        ArgumentNullException.ThrowIfNull(accumulator);
        ArgumentNullException.ThrowIfNull(output);
        return accumulator.to_type(ScalarType.Float32).mul(multiplier)
            .clamp_(range.Low - output.ZeroPoint, range.High - output.ZeroPoint).round_();
    }

    /// <summary>
    /// The type in which sums of at most <paramref name="bound"/> in magnitude are exact, whatever the order of summation.
    /// Other devices than the CPU may compute float32 products with fewer bits.
    /// </summary>
    internal static ScalarType ExactType(long bound, Device device) =>
        bound < Float32Limit && device.type == DeviceType.CPU ? ScalarType.Float32 : ScalarType.Float64;
}
