using System.Collections.Immutable;
using StickGen.Quantization;

namespace StickGen.Graphs;

/// <summary>
/// How the integers of a value stand for real numbers: <c>real = scale · (q − zero point)</c>, with one pair for the whole
/// value, or one for each index of dimension <see cref="Axis"/>.
/// </summary>
public sealed class ValueQuantization : IEquatable<ValueQuantization>
{
    private ValueQuantization(ImmutableArray<float> scales, ImmutableArray<int> zeroPoints, int? axis, int low, int high)
    {
        if (scales.Length != zeroPoints.Length || scales.Length == 0)
            throw new ArgumentException($"There are {scales.Length} scales and {zeroPoints.Length} zero points; both need the same number, at least 1.");
        foreach (var scale in scales)
        {
            if (!(float.IsFinite(scale) && scale >= AffineQuantization.MinimumScale))
                throw new ArgumentException($"The scale {scale} is not a positive normal float32.");
        }

        if (low >= high)
            throw new ArgumentException($"The integer range [{low}, {high}] is empty.");
        foreach (var zeroPoint in zeroPoints)
        {
            if (zeroPoint < low || zeroPoint > high)
                throw new ArgumentException($"The zero point {zeroPoint} is outside the integer range [{low}, {high}].");
        }

        (Scales, ZeroPoints, Axis, Low, High) = (scales, zeroPoints, axis, low, high);
    }

    /// <summary>The scales: one, or one for each index of <see cref="Axis"/>.</summary>
    public ImmutableArray<float> Scales { get; }

    /// <summary>The zero points, as many as <see cref="Scales"/>.</summary>
    public ImmutableArray<int> ZeroPoints { get; }

    /// <summary>The dimension that has a scale for each index, or <see langword="null"/>.</summary>
    public int? Axis { get; }

    /// <summary>The lowest integer in use.</summary>
    public int Low { get; }

    /// <summary>The highest integer in use.</summary>
    public int High { get; }

    /// <summary>The scale of a value quantized per tensor.</summary>
    public float Scale => Axis is null ? Scales[0] : throw new InvalidOperationException("The value is quantized per channel.");

    /// <summary>The zero point of a value quantized per tensor.</summary>
    public int ZeroPoint => Axis is null ? ZeroPoints[0] : throw new InvalidOperationException("The value is quantized per channel.");

    /// <summary>One scale and zero point for the whole value.</summary>
    /// <exception cref="ArgumentException">The scale is not a positive normal number, or the zero point is out of range.</exception>
    public static ValueQuantization PerTensor(float scale, int zeroPoint, int low, int high) =>
        new([scale], [zeroPoint], null, low, high);

    /// <summary>Symmetric, with one scale for each index of dimension <paramref name="axis"/>.</summary>
    /// <exception cref="ArgumentException">A scale is not a positive normal number.</exception>
    public static ValueQuantization PerChannel(ImmutableArray<float> scales, int axis, int low, int high) =>
        new(scales, ImmutableArray.CreateRange(Enumerable.Repeat(0, scales.Length)), axis, low, high);

    /// <inheritdoc/>
    public bool Equals(ValueQuantization? other) =>
        other is not null && Axis == other.Axis && Low == other.Low && High == other.High
        && Scales.AsSpan().SequenceEqual(other.Scales.AsSpan()) && ZeroPoints.AsSpan().SequenceEqual(other.ZeroPoints.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ValueQuantization);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Scales[0], ZeroPoints[0], Scales.Length, Axis, Low, High);
}
