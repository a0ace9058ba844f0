namespace StickGen.Runtime.Tests.Reference;

/// <summary>
/// The arithmetic of the contract, written down a second time and without StickGen: float32 results are computed in float64,
/// where products of two float32 are exact, and rounded once.
/// </summary>
internal static class Exact
{
    public static int Requantize(long accumulator, float factor, int zeroPoint, int low, int high)
    {
        if (accumulator is < int.MinValue or > int.MaxValue)
            throw new OverflowException($"The accumulator {accumulator} does not fit an int32.");
        var steps = (float)((double)(float)accumulator * factor);
        return Clamp(HalfEven(steps), zeroPoint, low, high);
    }

    public static int Quantize(float value, float scale, int zeroPoint, int low, int high)
    {
        var steps = value / scale;
        return float.IsNaN(steps) ? zeroPoint : Clamp(HalfEven(steps), zeroPoint, low, high);
    }

    public static float Product(double left, double right) => (float)(left * right);

    /// <summary>To the nearest integer; to the even one of two that are equally near.</summary>
    public static double HalfEven(double value)
    {
        if (double.IsInfinity(value))
            return value;
        var floor = Math.Floor(value);
        var rest = value - floor;
        if (rest < 0.5)
            return floor;
        if (rest > 0.5)
            return floor + 1;
        return floor % 2 == 0 ? floor : floor + 1;
    }

    private static int Clamp(double steps, int zeroPoint, int low, int high)
    {
        var q = steps + zeroPoint;
        return q < low ? low : q > high ? high : (int)q;
    }
}
