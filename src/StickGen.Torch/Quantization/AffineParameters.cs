using System.Collections.Immutable;
using StickGen.Graphs;

namespace StickGen.Quantization;

/// <summary>
/// The scales and zero points that a fake quantizer currently uses: one pair, or one for each index of dimension 0.
/// <c>real = scale · (q − zero point)</c> with <c>q</c> in [<see cref="Low"/>, <see cref="High"/>].
/// </summary>
public sealed record AffineParameters
{
    /// <summary>Parameters of a whole tensor, or of each index of dimension 0.</summary>
    public AffineParameters(ImmutableArray<float> scales, ImmutableArray<int> zeroPoints, QuantizationScheme scheme)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        (Scales, ZeroPoints, Low, High, PerChannel) = (scales, zeroPoints, scheme.QMin, scheme.QMax, scheme.PerChannel);
    }

    /// <summary>The scales.</summary>
    public ImmutableArray<float> Scales { get; }

    /// <summary>The zero points, as many as scales.</summary>
    public ImmutableArray<int> ZeroPoints { get; }

    /// <summary>The lowest integer in use.</summary>
    public int Low { get; }

    /// <summary>The highest integer in use.</summary>
    public int High { get; }

    /// <summary>Whether each index of dimension 0 has a pair of its own.</summary>
    public bool PerChannel { get; }

    /// <summary>The scale of a whole tensor.</summary>
    public float Scale => PerChannel ? throw new InvalidOperationException("There is a scale for each channel.") : Scales[0];

    /// <summary>The zero point of a whole tensor.</summary>
    public int ZeroPoint => PerChannel ? throw new InvalidOperationException("There is a zero point for each channel.") : ZeroPoints[0];

    /// <summary>The farthest that an integer can be from the zero point.</summary>
    public int Reach => ZeroPoints.Max(z => Math.Max(High - z, z - Low));

    /// <summary>What the graph of an integer model says of a whole activation.</summary>
    public ValueQuantization ToValueQuantization() => ValueQuantization.PerTensor(Scale, ZeroPoint, Low, High);
}
