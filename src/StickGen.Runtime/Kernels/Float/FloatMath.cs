using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace StickGen.Kernels.Float;

/// <summary>
/// Transcendental functions by additions, multiplications and divisions in float32, each rounded once: libraries of mathematics differ between platforms in their last bits, and these do not.
/// NaN stays NaN.
/// </summary>
internal static class FloatMath
{
    /// <summary>1.5 · 2²³: what it is added to is rounded to a whole number, half to even, which the low bits of the sum hold.</summary>
    private const float Rounder = 12582912f;

    /// <summary>ln 2 in two parts, of which the first has so few bits that a whole number of them is exact.</summary>
    private const float Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;

    /// <summary>From here on down, and up, the result is 0, and infinite.</summary>
    private const float Lowest = -105f, Highest = 89f;

    /// <summary>eˣ, within 2 units in the last place; infinite above 88.73, 0 below −103.98.</summary>
    /// <remarks>x = n · ln 2 + r with |r| ≤ ln 2 / 2; the Taylor polynomial of degree 7 in r, whose remainder is below 6·10⁻⁹, times 2ⁿ.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        var low = Vector256.Create(Lowest);
        var high = Vector256.Create(Highest);
        x = Vector256.ConditionalSelect(Vector256.LessThan(x, low), low, Vector256.ConditionalSelect(Vector256.GreaterThan(x, high), high, x));
        var rounder = Vector256.Create(Rounder);
        var shifted = (x * Vector256.Create(1.44269504f)) + rounder;
        var n = shifted - rounder;
        var r = (x - (n * Vector256.Create(Ln2High))) - (n * Vector256.Create(Ln2Low));
        var y = (Vector256.Create(1f / 5040f) * r) + Vector256.Create(1f / 720f);
        y = (y * r) + Vector256.Create(1f / 120f);
        y = (y * r) + Vector256.Create(1f / 24f);
        y = (y * r) + Vector256.Create(1f / 6f);
        y = (y * r) + Vector256.Create(0.5f);
        y = ((y * (r * r)) + r) + Vector256<float>.One;
        // In two halves, because 2ⁿ itself may be out of range.
        var power = shifted.AsInt32() - rounder.AsInt32();
        var half = power >> 1;
        return (y * PowerOfTwo(half)) * PowerOfTwo(power - half);
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Sigmoid(Vector256<float> x) => Vector256<float>.One / (Vector256<float>.One + Exp(-x));

    /// <summary>The hyperbolic tangent: up to 0.625 as the fraction x (135135 + 17325 x² + 378 x⁴ + x⁶) / (135135 + 62370 x² + 3150 x⁴ + 28 x⁶), above as (1 − e⁻²ˣ) / (1 + e⁻²ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Tanh(Vector256<float> x)
    {
        var a = Vector256.Abs(x);
        var e = Exp(a * Vector256.Create(-2f));
        var large = Vector256.CopySign((Vector256<float>.One - e) / (Vector256<float>.One + e), x);
        var s = x * x;
        var numerator = ((((s + Vector256.Create(378f)) * s) + Vector256.Create(17325f)) * s) + Vector256.Create(135135f);
        var denominator = ((((s * Vector256.Create(28f)) + Vector256.Create(3150f)) * s) + Vector256.Create(62370f)) * s;
        var small = x * (numerator / (denominator + Vector256.Create(135135f)));
        return Vector256.ConditionalSelect(Vector256.LessThan(a, Vector256.Create(0.625f)), small, large);
    }

    /// <summary>
    /// The error function: up to 0.5 its Taylor polynomial of degree 13, above 1 − e⁻ˣ² P(t) / (1 + 2x) with t = (x − 2) / (x + 2), where P interpolates eˣ² erfc(x) (1 + 2x) in Chebyshev's
    /// points with an error below 3·10⁻⁸.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Erf(Vector256<float> x)
    {
        var a = Vector256.Abs(x);
        var s = x * x;
        var two = Vector256.Create(2f);
        // Where it is not finite, the exponential is 0 all the same.
        var t = Vector256.ConditionalSelect(Vector256.LessThan(a, Vector256.Create(16f)), (a - two) / (a + two), Vector256<float>.Zero);
        var p = Vector256.Create(6.38580469e-05f);
        p = (p * t) + Vector256.Create(0.000160977788f);
        p = (p * t) + Vector256.Create(-0.000359238669f);
        p = (p * t) + Vector256.Create(-0.00139616499f);
        p = (p * t) + Vector256.Create(0.0012186712f);
        p = (p * t) + Vector256.Create(0.00868956925f);
        p = (p * t) + Vector256.Create(-0.00801947046f);
        p = (p * t) + Vector256.Create(-0.0542121004f);
        p = (p * t) + Vector256.Create(0.164049534f);
        p = (p * t) + Vector256.Create(-0.166031079f);
        p = (p * t) + Vector256.Create(-0.0927637661f);
        p = (p * t) + Vector256.Create(1.27697839f);
        var large = Vector256.CopySign(Vector256<float>.One - (Exp(-s) * (p / (Vector256<float>.One + (two * a)))), x);
        var small = (Vector256.Create(1f / 9360f) * s) + Vector256.Create(-1f / 1320f);
        small = (small * s) + Vector256.Create(1f / 216f);
        small = (small * s) + Vector256.Create(-1f / 42f);
        small = (small * s) + Vector256.Create(1f / 10f);
        small = (small * s) + Vector256.Create(-1f / 3f);
        small = (((small * s) + Vector256<float>.One) * Vector256.Create(1.12837917f)) * x;
        return Vector256.ConditionalSelect(Vector256.LessThan(a, Vector256.Create(0.5f)), small, Select(x, large));
    }

    /// <summary>The result, or NaN where x is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Select(Vector256<float> x, Vector256<float> result) => Vector256.ConditionalSelect(Vector256.Equals(x, x), result, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> PowerOfTwo(Vector256<int> n) => ((n + Vector256.Create(127)) << 23).AsSingle();
}
