/// <summary>A figure of a report that may not be above a limit.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The figure; NaN if the report does not have it, which is above every limit.</param>
/// <param name="Limit">The limit.</param>
internal sealed record Bar(string Name, Func<Report, double> Value, double Limit)
{
    /// <summary>Quantized activations in which the deployed file is not equal to the fake-quantized network.</summary>
    public static Bar Mismatches { get; } = new("differing activations", report => report.FakeVsDeployedMismatchedValues ?? double.NaN, 0);

    /// <summary>Points of accuracy, against the better of the two float networks.</summary>
    public static Bar Loss(double limit) =>
        new("points lost", report => Math.Round(Math.Max(report.Fp32Accuracy, report.Fp32SameExtraEpochsAccuracy ?? double.NaN) - (report.CompressedAccuracy ?? double.NaN), 3), limit);

    public static Bar Parameters(double limit) => new("parameters", report => Share(report.CompressedParams, report.Fp32Params), limit);

    public static Bar Multiplications(double limit) => new("multiplications", report => Share(report.CompressedMacs, report.Fp32Macs), limit);

    /// <summary>Both networks in eight bits.</summary>
    public static Bar Latency(double limit) => new("time", report => report.LatencyRatio ?? double.NaN, limit);

    /// <summary>The deployed file as a share of the float one.</summary>
    public static Bar File(double limit) => new("file", report => Share(report.DeployedBytes, report.Fp32Bytes), limit);

    /// <summary>Heads of attention that are left.</summary>
    public static Bar Heads(double limit) => new("heads", report => Share(report.CompressedHeads, report.Fp32Heads), limit);

    /// <summary>How much the cross entropy rose, as a share of that of the float network.</summary>
    public static Bar LossIncrease(double limit) => new("rise of the cross entropy", report => (report.CompressedLoss / report.Fp32Loss - 1) ?? double.NaN, limit);

    public bool IsMet(Report report) => Value(report) <= Limit;

    private static double Share(double? part, double? whole) => part / whole ?? double.NaN;
}
