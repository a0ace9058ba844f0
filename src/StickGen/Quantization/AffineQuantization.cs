namespace StickGen.Quantization;

/// <summary>
/// The one definition of scale, zero point, rounding and clamping. Fake quantizers, the integer kernels and the exporter
/// all compute through it, or are tested against it bit by bit.
/// </summary>
public static class AffineQuantization
{
    /// <summary>
    /// Scales below this are raised to it, so that dividing by a scale is always finite. It is the smallest normal float32.
    /// </summary>
    public const float MinimumScale = 1.17549435e-38f;

    /// <summary>
    /// Scale and zero point for values in [<paramref name="min"/>, <paramref name="max"/>], which is first widened to
    /// contain 0. Symmetric: <c>scale = 2·max(|min|, |max|) / (qmax − qmin)</c>. Asymmetric: <c>scale = (max − min) / (qmax − qmin)</c>,
    /// <c>zero point = clamp(round(qmin − min / scale))</c>. Computed in float64, the scale rounded once to float32 and used so
    /// for the zero point. An empty range (both 0) gives scale 1.
    /// </summary>
    /// <exception cref="ArgumentException">A bound is not finite, or <paramref name="min"/> exceeds <paramref name="max"/>.</exception>
    public static (float Scale, int ZeroPoint) ChooseParameters(float min, float max, QuantizationScheme scheme)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        if (!float.IsFinite(min) || !float.IsFinite(max) || min > max)
            throw new ArgumentException($"The range [{min}, {max}] is not one of finite numbers in order.");

        min = MathF.Min(min, 0f);
        max = MathF.Max(max, 0f);
        if (min == max)
            return (1f, scheme.Middle);

        double steps = scheme.QMax - scheme.QMin;
        if (scheme.Symmetric)
            return (Scale(2.0 * Math.Max(-min, max) / steps), scheme.Middle);

        var scale = Scale(((double)max - min) / steps);
        var zeroPoint = Math.Round(scheme.QMin - (min / (double)scale), MidpointRounding.ToEven);
        return (scale, (int)Math.Clamp(zeroPoint, scheme.QMin, scheme.QMax));

        static float Scale(double value) => MathF.Max((float)value, MinimumScale);
    }

    /// <summary>
    /// <c>q = clamp(round(value / scale) + zeroPoint, low, high)</c> with a float32 division, rounding half to even. The clamp
    /// is taken before rounding, which is the same for integer bounds and cannot overflow. NaN gives the zero point.
    /// </summary>
    public static int Quantize(float value, float scale, int zeroPoint, int low, int high)
    {
        var steps = value / scale;
        if (float.IsNaN(steps))
            steps = 0f;
        steps = Math.Clamp(steps, low - zeroPoint, high - zeroPoint);
        return (int)MathF.Round(steps, MidpointRounding.ToEven) + zeroPoint;
    }

    /// <summary><c>real = scale · (q − zeroPoint)</c>: one exact integer difference, one float32 multiplication.</summary>
    public static float Dequantize(int q, float scale, int zeroPoint) => scale * (q - zeroPoint);
}
