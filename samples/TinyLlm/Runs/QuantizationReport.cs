using System.Globalization;
using System.Text.Json.Serialization;

/// <summary>What came out of quantizing a model. Perplexities are of held-out text, sizes in bytes, speeds of one thread and one text.</summary>
internal sealed record QuantizationReport
{
    public required string Model { get; init; }

    public required string Method { get; init; }

    public required int WeightBits { get; init; }

    /// <summary>16 is float.</summary>
    public required int ActivationBits { get; init; }

    /// <summary>Whether activations have one range from calibration, instead of one for each token.</summary>
    public required bool StaticActivations { get; init; }

    /// <summary>0: a scale for each output.</summary>
    public required int GroupSize { get; init; }

    public required bool Asymmetric { get; init; }

    /// <summary>How keys and values are kept: <c>float</c>, <c>int8</c> or <c>int8-per-channel</c>.</summary>
    public string KvCache { get; init; } = "float";

    public required double Fp32Perplexity { get; init; }

    /// <summary>Of the fake-quantized variant, which TorchSharp computes in float with what the integers stand for.</summary>
    public required double QuantizedPerplexity { get; init; }

    /// <summary>Of the decoder whose layers compute with the integers, and whose cache has integers where <see cref="KvCache"/> says so.</summary>
    public double? DeployedPerplexity { get; init; }

    /// <summary>Where <see cref="QuantizedPerplexity"/> is in 95% of the bootstrap draws.</summary>
    public required double[] PerplexityBootstrapInterval { get; init; }

    /// <summary>Where the relative increase of <see cref="QuantizedPerplexity"/> over <see cref="Fp32Perplexity"/> is in 95% of draws of the same segments for both.</summary>
    public required double[] IncreaseBootstrapInterval { get; init; }

    /// <summary>The mean squared error of each block's results.</summary>
    public required double[] BlockMse { get; init; }

    /// <summary>All parameters in float32.</summary>
    public required long Fp32Bytes { get; init; }

    public required long QuantizedBytes { get; init; }

    /// <summary>A cache of one context.</summary>
    public long? KvCacheBytes { get; init; }

    /// <summary>The same in float32.</summary>
    public long? Fp32KvCacheBytes { get; init; }

    public double? DecodeTokensPerS { get; init; }

    public double? Fp32DecodeTokensPerS { get; init; }

    /// <summary>Of the deployed model, without TorchSharp; <see langword="null"/> where it cannot be deployed.</summary>
    public double? RuntimePerplexity { get; init; }

    /// <summary>Of the deployed model, with a cache of float32.</summary>
    public double? RuntimeDecodeTokensPerS { get; init; }

    /// <summary>The largest memory of the process, which had both models in it.</summary>
    public required long PeakRssBytes { get; init; }

    /// <summary>Tokens that were calibrated with.</summary>
    public required int CalibrationTokens { get; init; }

    public required double CalibrationSeconds { get; init; }

    /// <summary>What the method could not do, and why.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    public required string Machine { get; init; }

    /// <summary>Repeats the run.</summary>
    public required string Command { get; init; }

    /// <summary>The summed cross entropy of each segment of held-out text with the variant, in nats, one after the other: for comparisons of two methods.</summary>
    public required string SegmentLosses { get; init; }

    public required int TokensInSegment { get; init; }

    /// <summary>The measurement of <see cref="QuantizedPerplexity"/>.</summary>
    [JsonIgnore]
    public Perplexity Perplexity => new(Array.ConvertAll(SegmentLosses.Split(' '), text => double.Parse(text, CultureInfo.InvariantCulture)), TokensInSegment);

    public void Print()
    {
        Console.WriteLine();
        Line($"{Model}, {Method} W{WeightBits}A{ActivationBits}{(GroupSize == 0 ? "" : $" g{GroupSize}")}{(KvCache == "float" ? "" : $", keys and values {KvCache}")}");
        Line($"  perplexity, fp32         {Fp32Perplexity:0.0000}");
        Line($"  perplexity, quantized    {QuantizedPerplexity:0.0000} ({100 * ((QuantizedPerplexity / Fp32Perplexity) - 1):+0.000;-0.000;0.000}%, {100 * IncreaseBootstrapInterval[0]:+0.000;-0.000;0.000} to {100 * IncreaseBootstrapInterval[1]:+0.000;-0.000;0.000}%)");
        Line($"  perplexity, deployed     {(DeployedPerplexity is { } deployed ? FormattableString.Invariant($"{deployed:0.0000}") : "no kernels")}");
        Line($"  mean block error         {BlockMse.Average():E3}");
        Line($"  bytes                    {QuantizedBytes:N0} of {Fp32Bytes:N0}");
        if (KvCacheBytes is { } cache)
            Line($"  bytes of a cache         {cache:N0} of {Fp32KvCacheBytes:N0}");
        if (DecodeTokensPerS is { } speed)
            Line($"  decoding                 {speed:0} tokens/s, fp32 {Fp32DecodeTokensPerS:0}");
        if (RuntimePerplexity is { } runtime)
            Line($"  without TorchSharp       perplexity {runtime:0.0000}, {RuntimeDecodeTokensPerS:0} tokens/s");
        foreach (var note in Notes)
            Line($"  {note}");
    }

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
