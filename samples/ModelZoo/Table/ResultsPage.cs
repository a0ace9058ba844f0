using System.Text;
using static System.FormattableString;

/// <summary>The page docs/results.md, from reports alone.</summary>
internal static class ResultsPage
{
    private const string Introduction =
        """
        # Results

        Written by `dotnet run -c Release --project samples/ModelZoo -- table` from the reports in `samples/ModelZoo/checkpoints` and
        `samples/ModelZoo/results`; do not edit. Each report has the command that repeats its run.

        - Accuracies are in percent of the 10,000 test images. Hyper-parameters come from 5,000 images that were split off the training set and never
          trained on. Rows of `lsq` and `pact` that missed their bar were tuned again on those images and then measured anew, so that their test images
          were looked at more than once. Networks with additions were measured anew with the same recipes when the range that summands share was corrected.
        - *fp32* is the float network that compression begins with, *more* the same after as many epochs more with the same recipe.
          *Loss* is against the better of the two, in points; in brackets, how much was allowed beforehand.
        - *Deployed* is the saved file, loaded and run by StickGen.Runtime. *Differ* counts the quantized activations, over all test images, in which it is not
          equal to the fake-quantized network in integer-exact mode.
        - *Step* is the time of a training step (batches of 64), divided by that of the float network, on a machine that did other work too.
        - LeNet-5 has three seeds, of which the mean is shown; the others have one.
        - `lsq`, `pact` and `slb` learn how the float network answers beside the labels (distillation); *more* has the labels alone. Values that additions
          read have 8 bits with `lsq` and `pact`, and each convolution rounds what it reads to A bits, as in the papers, whose additions are in float. With `lsq`,
          `pact` and `slb` the first convolution has 8 bits, and the last layer is in float everywhere.


        """;

    private const string SmallerNetworks =
        """

        ## Smaller networks

        *Ratio* is what was asked for: of channels with `scop`, of parameters with `unipruning`, of multiplications with `magnitude`, of cheap maps with `ghost`, of the weights of linear layers
        with `low-rank`; with `lrp` it is the penalty of an open head. *Masked* is the largest difference between the masked network and the one that is smaller, as a share of the largest
        result. *Time* is that of one image in StickGen.Runtime, as a share of the original network's, both in eight bits.

        | network | data set | method | ratio | W/A | epochs | fp32 | more | compressed | parameters | multiplications | masked | time | bytes | required |
        |---|---|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|

        """;

    private const string WithoutTraining =
        """

        ## Without training

        Quantized after training, with 1,024 training images for ranges, biases and rounding ([how](post-training.md#a-network-of-convolutions)). `ptq` rounds to nearest; `ptq-cle` has cross-layer equalization
        (with ReLU6 replaced by ReLU) and bias correction; `ptq-adaround` has adaptive rounding and bias correction. Weights have a scale for each channel, with `-per-tensor` one for all.
        *Error* is that of the logits of the calibration images, squared, as a share of their square; where ReLU6 was replaced,
        against the network with ReLU.

        | network | data set | method | W/A | fp32 | compressed | deployed | loss | error | bytes | differ |
        |---|---|---|---|---:|---:|---:|---:|---:|---:|---:|

        """;

    public static string Write(
        IReadOnlyList<(Row Row, List<Report> Reports)> rows, IReadOnlyList<(PruningRow Row, Report? Report)> smaller, IReadOnlyList<(CalibrationRow Row, Report? Report)> calibrated,
        IReadOnlyList<StepTimeResult> stepTimes)
    {
        var done = rows.Where(row => row.Reports.Count == row.Row.Seeds.Count).ToList();
        var page = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        page.Append("## Float networks\n\n| network | data set | epochs | accuracy | required | bytes |\n|---|---|---:|---:|---:|---:|\n");
        foreach (var (row, reports) in done.Where(row => row.Row.Bits is null))
            page.Append(FloatRow(row, reports));
        page.Append("\n## Compressed networks\n\n");
        page.Append("| network | data set | algorithm | W/A | epochs | fp32 | more | compressed | deployed | loss | bytes | differ | step |\n");
        page.Append("|---|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
        foreach (var (row, reports) in done.Where(row => row.Row.Bits is not null))
            page.Append(CompressedRow(row, reports));
        page.Append(SmallerNetworks.ReplaceLineEndings("\n"));
        foreach (var (row, report) in smaller)
        {
            if (report is not null)
                page.Append(SmallerRow(row, report));
        }

        page.Append(WithoutTraining.ReplaceLineEndings("\n"));
        foreach (var (row, report) in calibrated)
        {
            if (report is not null)
                page.Append(CalibratedRow(row, report));
        }

        string[] open =
        [
            .. rows.Where(row => row.Reports.Count < row.Row.Seeds.Count).Select(row => $"{row.Row.Network} {row.Row.Algorithm}{(row.Row.Bits is { } bits ? $" {bits}" : "")}"),
            .. calibrated.Where(row => row.Report is null).Select(row => $"{row.Row.Network} {row.Row.Method} {row.Row.Bits}"),
            .. smaller.Where(row => row.Report is null).Select(row => $"{row.Row.Network} {row.Row.Method}{(row.Row.Bits is { } bits ? $" {bits}" : "")}"),
        ];
        if (open.Length > 0)
            page.Append(Invariant($"\nNot measured yet: {string.Join("; ", open)}.\n"));
        if (stepTimes.Count > 0)
        {
            page.Append("\n## Training steps\n\nThe shortest of many, in turns with float, by `-- step-time`.\n\n| network | batch | threads | SimQAT | fp32 | ratio | allowed |\n|---|---:|---:|---|---:|---:|---:|\n");
            foreach (var time in stepTimes)
                page.Append(Invariant($"| {time.Model} | {time.BatchSize} | {time.Threads} | {time.BatchNormFold} {time.Milliseconds:0.0} ms | {time.Fp32Milliseconds:0.0} ms | {time.Ratio:0.00} | {time.Limit:0.00}{Mark(time.Ratio <= time.Limit)} |\n"));
        }

        var machines = done.SelectMany(row => row.Reports).Select(report => report.Machine).Distinct().Order(StringComparer.Ordinal);
        page.Append(Invariant($"\nMachines: {string.Join("; ", machines)}.\n"));
        return page.ToString();
    }

    private static string FloatRow(Row row, List<Report> reports)
    {
        var accuracy = reports.Average(report => report.Fp32Accuracy);
        var required = row.Floor is { } floor ? Invariant($"{floor:0.00}{Mark(accuracy >= floor)}") : "";
        return Invariant($"| {row.Network} | {row.Data} | {reports[0].Epochs} | {accuracy:0.00} | {required} | {reports[0].Fp32Bytes:N0} |\n");
    }

    private static string CompressedRow(Row row, List<Report> reports)
    {
        var (fp32, more) = (Mean(report => report.Fp32Accuracy), Mean(report => report.Fp32SameExtraEpochsAccuracy));
        var (compressed, deployed) = (Mean(report => report.CompressedAccuracy), Mean(report => report.DeployedAccuracy));
        // Means of percentages of 10,000 images: what is beyond the third decimal is rounding of binary fractions.
        var loss = Math.Round(Math.Max(fp32, more) - compressed, 3);
        var bar = (row.LargestLoss, row.Floor) switch
        {
            ({ } largest, _) => Invariant($" ({largest:0.00}{Mark(loss <= largest)})"),
            (_, { } floor) => Invariant($" (at least {floor:0.00}{Mark(Math.Round(compressed, 3) >= floor)})"),
            _ => "",
        };
        return Invariant($"| {row.Network} | {row.Data} | {row.Algorithm} | {row.Bits} | {reports[0].Epochs} | {fp32:0.00} | {more:0.00} | {compressed:0.00} | {deployed:0.00} ")
            + Invariant($"| {Math.Round(loss, 2) + 0.0:0.00}{bar} | {reports[0].DeployedBytes:N0} of {reports[0].Fp32Bytes:N0} | {reports.Sum(report => report.FakeVsDeployedMismatchedValues)} | {Mean(report => report.StepTimeRatioToFp32):0.00} |\n");

        double Mean(Func<Report, double?> value) => reports.Average(value) ?? double.NaN;
    }

    private static string SmallerRow(PruningRow row, Report report)
    {
        var bars = string.Join("; ", row.Bars.Select(bar => Invariant($"{bar.Name} {Math.Round(bar.Value(report), 4)} ({bar.Limit}{Mark(bar.IsMet(report))})")));
        var bytes = report.DeployedBytes is { } deployed ? Invariant($"{deployed:N0} of {report.Fp32Bytes:N0}") : "";
        var masked = report.MaskedVsShrunkMaxRelDiff is { } difference ? Invariant($"{difference:0.0e+00}") : "";
        return Invariant($"| {row.Network} | {row.Data} | {row.Method} | {report.Ratio} | {row.Bits?.ToString() ?? "float"} | {report.Epochs} | {report.Fp32Accuracy:0.00} ")
            + Invariant($"| {report.Fp32SameExtraEpochsAccuracy:0.00} | {report.CompressedAccuracy:0.00} | {report.CompressedParams:N0} of {report.Fp32Params:N0} ")
            + Invariant($"| {report.CompressedMacs:N0} of {report.Fp32Macs:N0} | {masked} | {report.LatencyRatio:0.00} | {bytes} | {bars} |\n");
    }

    private static string CalibratedRow(CalibrationRow row, Report report) =>
        Invariant($"| {row.Network} | {row.Data} | {row.Method} | {row.Bits} | {report.Fp32Accuracy:0.00} | {report.CompressedAccuracy:0.00} | {report.DeployedAccuracy:0.00} ")
            + Invariant($"| {Math.Round(report.Fp32Accuracy - report.CompressedAccuracy ?? double.NaN, 2) + 0.0:0.00} | {report.CalibrationOutputError:0.0e+00} ")
            + Invariant($"| {report.DeployedBytes:N0} of {report.Fp32Bytes:N0} | {report.FakeVsDeployedMismatchedValues} |\n");

    private static string Mark(bool isMet) => isMet ? ", met" : ", **missed**";
}
