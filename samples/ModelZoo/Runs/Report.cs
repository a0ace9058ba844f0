using System.Globalization;

/// <summary>What came out of a run. Accuracies are in percent of all images that it was measured on, sizes in bytes.</summary>
internal sealed partial record Report
{
    public required string Model { get; init; }

    public required string Dataset { get; init; }

    public required string Algorithm { get; init; }

    /// <summary>32 is float.</summary>
    public required int WeightBits { get; init; }

    /// <summary>32 is float.</summary>
    public required int ActivationBits { get; init; }

    /// <summary>Of the float network that the run began with; of a float run, of its result.</summary>
    public required double Fp32Accuracy { get; init; }

    /// <summary>Of the float network, trained on as long and in the same way as the compressed one.</summary>
    public double? Fp32SameExtraEpochsAccuracy { get; init; }

    /// <summary>Of the fake-quantized network, in integer-exact mode.</summary>
    public double? CompressedAccuracy { get; init; }

    /// <summary>Of the saved file, loaded and run by StickGen.Runtime.</summary>
    public double? DeployedAccuracy { get; init; }

    /// <summary>Of the float network's file.</summary>
    public required long Fp32Bytes { get; init; }

    /// <summary>Of the deployed file.</summary>
    public long? DeployedBytes { get; init; }

    /// <summary>The time of a training step without distillation, divided by that of the float network; batches of 64.</summary>
    public double? StepTimeRatioToFp32 { get; init; }

    /// <summary>Quantized activations of all images that differ between the fake-quantized network and the deployed file.</summary>
    public long? FakeVsDeployedMismatchedValues { get; init; }

    public long? ComparedValues { get; init; }

    /// <summary>Of the fake-quantized network in the mode it was trained in.</summary>
    public double? SimulatedAccuracy { get; init; }

    /// <summary><c>test</c> or <c>validation</c>.</summary>
    public required string MeasuredOn { get; init; }

    public required int Epochs { get; init; }

    public required double LearningRate { get; init; }

    /// <summary>The weight in the loss of how the float network answers; of what <see cref="Fp32SameExtraEpochsAccuracy"/> is of, it is 0.</summary>
    public double Distillation { get; init; }

    public required int Seed { get; init; }

    public required int Threads { get; init; }

    /// <summary>Seconds that training took, before and after a resume.</summary>
    public required double TrainingSeconds { get; init; }

    /// <summary>The instruction set of the deployed model's kernels.</summary>
    public string? Isa { get; init; }

    public required string Machine { get; init; }

    /// <summary>Repeats the run.</summary>
    public required string Command { get; init; }

    /// <summary>Prints the figures for people.</summary>
    public void Print()
    {
        if (Ratio is not null)
        {
            PrintPruning();
            return;
        }

        if (CalibrationImages is not null)
        {
            PrintCalibration();
            return;
        }

        Console.WriteLine();
        Line($"{Model}, {Dataset}, {Algorithm} {WeightBits}/{ActivationBits}, measured on the {MeasuredOn} images");
        Line($"  fp32                            {Fp32Accuracy:0.00}%");
        if (Algorithm != global::Algorithm.Float)
        {
            Line($"  fp32, {Epochs,2} epochs more            {Fp32SameExtraEpochsAccuracy:0.00}%");
            Line($"  compressed                      {CompressedAccuracy:0.00}%");
            Line($"  deployed                        {DeployedAccuracy:0.00}%, {DeployedBytes:N0} of {Fp32Bytes:N0} bytes");
            Line($"  mismatched quantized values     {FakeVsDeployedMismatchedValues:N0} of {ComparedValues:N0}");
            Line($"  training step, times fp32       {StepTimeRatioToFp32:0.00}");
        }

        Line($"  training                        {TrainingSeconds:0} s, {Threads} threads");
    }

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
