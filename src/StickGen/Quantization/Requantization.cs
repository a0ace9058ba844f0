namespace StickGen.Quantization;

/// <summary>
/// From an exact int32 accumulator to the quantized output: one float32 multiplication by a factor that is computed once,
/// in the order stated here. No fused multiply-add anywhere.
/// </summary>
public static class Requantization
{
    /// <summary>The factor of softmax from an entry of its table to steps of the result: 1 / (sum · scale) in float64, rounded to float32.</summary>
    public static float SoftmaxMultiplier(long sum, float outputScale) => (float)(1.0 / (sum * (double)outputScale));

    /// <summary>The ε of a normalization, added to length² times the variance in steps: ε · length² / scale², in float64.</summary>
    public static double StepEpsilon(double epsilon, int length, float inputScale) =>
        epsilon * ((double)length * length) / ((double)inputScale * inputScale);

    /// <summary>
    /// 1 / √(length · Σd² − (Σd)² + ε): what n · d − Σd is multiplied with. The difference is exact; root and quotient are float64, and rounded to
    /// float32. It is 0 where all elements are equal.
    /// </summary>
    public static float InverseDeviation(int length, long sum, long squares, double stepEpsilon)
    {
        var variance = (length * squares) - (sum * sum);
        return variance == 0 ? 0f : (float)(1.0 / Math.Sqrt(variance + stepEpsilon));
    }

    /// <summary>
    /// The factor <c>input · weight / output</c> of three scales: the product is exact in float64, the quotient is rounded to
    /// float64 and then to float32.
    /// </summary>
    public static float Multiplier(float inputScale, float weightScale, float outputScale) =>
        (float)((double)inputScale * weightScale / outputScale);

    /// <summary>
    /// The factor of a sum of two values of one scale: <c>input / output</c>, the quotient rounded to float64 and then to
    /// float32.
    /// </summary>
    public static float AddMultiplier(float inputScale, float outputScale) => (float)((double)inputScale / outputScale);

    /// <summary>
    /// The factor from an accumulator to a float32 result: <c>input · weight</c>, the product exact in float64, rounded once to
    /// float32.
    /// </summary>
    public static float FloatFactor(float inputScale, float weightScale) => (float)((double)inputScale * weightScale);

    /// <summary>
    /// The factor of a mean over <paramref name="count"/> values: <c>input / (output · count)</c>, the product exact in float64,
    /// the quotient rounded to float64 and then to float32.
    /// </summary>
    public static float MeanMultiplier(float inputScale, float outputScale, int count) =>
        (float)(inputScale / ((double)outputScale * count));

    /// <summary>
    /// The bias as an integer at scale <c>input · weight</c> (exact in float64): <c>round(bias / scale)</c>, half to even.
    /// </summary>
    /// <exception cref="OverflowException">The rounded bias does not fit ±2³⁰, where no accumulator is safe.</exception>
    public static int Bias(float bias, float inputScale, float weightScale)
    {
        var q = Math.Round(bias / ((double)inputScale * weightScale), MidpointRounding.ToEven);
        return Math.Abs(q) <= 1 << 30
            ? (int)q
            : throw new OverflowException($"The bias {bias} is {q} steps of {(double)inputScale * weightScale}; at most 2^30 are supported.");
    }

    /// <summary>
    /// <c>clamp(round(accumulator · multiplier) + zeroPoint, low, high)</c>: the accumulator converted to float32 (half to
    /// even), multiplied in float32, clamped, rounded half to even. A ReLU is a raised <paramref name="low"/>.
    /// </summary>
    public static int Requantize(int accumulator, float multiplier, int zeroPoint, int low, int high)
    {
        var steps = Math.Clamp(accumulator * multiplier, low - zeroPoint, high - zeroPoint);
        return (int)MathF.Round(steps, MidpointRounding.ToEven) + zeroPoint;
    }
}
