using System.Text.Json.Serialization;

/// <summary>What only runs that make a network smaller have.</summary>
internal sealed partial record Report
{
    /// <summary>How much was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Ratio { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Fp32Params { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? CompressedParams { get; init; }

    /// <summary>Multiply-accumulates for one image.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Fp32Macs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? CompressedMacs { get; init; }

    /// <summary>Of attention; only of networks that have it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Fp32Heads { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? CompressedHeads { get; init; }

    /// <summary>The largest difference of results between the network whose channels are masked and the one without them, as a share of the largest result.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MaskedVsShrunkMaxRelDiff { get; init; }

    /// <summary>The time of one image in StickGen.Runtime, with eight bits, as a share of that of the float network so quantized.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LatencyRatio { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Fp32Loss { get; init; }

    /// <summary>Of the smaller network in float.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? CompressedLoss { get; init; }

    private void PrintPruning()
    {
        Console.WriteLine();
        Line($"{Model}, {Dataset}, {Algorithm} {Ratio}, measured on the {MeasuredOn} images");
        Line($"  fp32                            {Fp32Accuracy:0.00}%, loss {Fp32Loss:0.0000}");
        Line($"  compressed                      {CompressedAccuracy:0.00}%, loss {CompressedLoss:0.0000}");
        Line($"  fp32, as many epochs more       {Fp32SameExtraEpochsAccuracy:0.00}%");
        Line($"  parameters                      {CompressedParams:N0} of {Fp32Params:N0}");
        Line($"  multiplications                 {CompressedMacs:N0} of {Fp32Macs:N0}");
        if (Fp32Heads is not null)
            Line($"  heads of attention              {CompressedHeads} of {Fp32Heads}");
        if (MaskedVsShrunkMaxRelDiff is not null)
            Line($"  masked and shrunk differ by     {MaskedVsShrunkMaxRelDiff:0.0e+00}");
        if (LatencyRatio is not null)
            Line($"  time per image, times fp32's    {LatencyRatio:0.00} (both in eight bits)");
        if (DeployedBytes is not null)
        {
            Line($"  deployed                        {DeployedAccuracy:0.00}%, {DeployedBytes:N0} of {Fp32Bytes:N0} bytes");
            Line($"  mismatched quantized values     {FakeVsDeployedMismatchedValues:N0} of {ComparedValues:N0}");
        }

        Line($"  all steps                       {TrainingSeconds:0} s, {Threads} threads");
    }
}
