using StickGen.Compression;
using StickGen.PostTraining;

/// <summary>How a cache keeps keys and values.</summary>
/// <param name="Precision">In float, or in 8 bits.</param>
/// <param name="KeyScales">Of each block, where each channel of keys has a scale.</param>
public sealed record CacheFormat(KeyValuePrecision Precision, IReadOnlyList<KeyScales> KeyScales)
{
    public static CacheFormat Float { get; } = new(KeyValuePrecision.Float, []);

    /// <summary>As a calibrated variant computes.</summary>
    public static CacheFormat Of(PostTrainingQuantization algorithm, IFakeQuantized variant) => new(algorithm.Options.KeyValueCache, algorithm.ToKeyScales(variant));
}
