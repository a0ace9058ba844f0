using System.Text.Json.Serialization;

/// <summary>What only runs that quantize without training have.</summary>
internal sealed partial record Report
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? CalibrationImages { get; init; }

    /// <summary>Of the whole calibration; of one that was resumed it is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? CalibrationSeconds { get; init; }

    /// <summary>The squared error of the logits of the calibration images, as a share of their square.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? CalibrationOutputError { get; init; }

    private void PrintCalibration()
    {
        Console.WriteLine();
        Line($"{Model}, {Dataset}, {Algorithm} {WeightBits}/{ActivationBits}, measured on the {MeasuredOn} images");
        Line($"  fp32                            {Fp32Accuracy:0.00}%");
        Line($"  compressed                      {CompressedAccuracy:0.00}%");
        Line($"  deployed                        {DeployedAccuracy:0.00}%, {DeployedBytes:N0} of {Fp32Bytes:N0} bytes");
        Line($"  mismatched quantized values     {FakeVsDeployedMismatchedValues:N0} of {ComparedValues:N0}");
        Line($"  calibration                     {CalibrationImages:N0} images, {Threads} threads; relative error of the logits {CalibrationOutputError:0.0e+00}");
        if (CalibrationSeconds is not null)
            Line($"  time of the calibration         {CalibrationSeconds:0} s");
    }
}
