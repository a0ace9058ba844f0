namespace StickGen.Quantization;

/// <summary>
/// Activations as bounds of the clamp that requantization does anyway. Because the zero point is in [low, high], the
/// bounds returned are never crossed.
/// </summary>
public static class ActivationBounds
{
    /// <summary>The integers of max(x, 0): none below the zero point.</summary>
    public static (int Low, int High) Relu(int zeroPoint, int low, int high) => (Math.Max(low, zeroPoint), high);

    /// <summary>The integers of min(max(x, 0), 6): none below the zero point, none above the quantized 6.</summary>
    public static (int Low, int High) Relu6(float scale, int zeroPoint, int low, int high) =>
        (Math.Max(low, zeroPoint), Math.Min(high, AffineQuantization.Quantize(6f, scale, zeroPoint, low, high)));
}
