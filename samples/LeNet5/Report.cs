using System.Globalization;
using System.Text.Json;
using Spectre.Console;

/// <summary>What came out of a run. Accuracies in percent of the 10,000 test images, sizes in bytes, times per image.</summary>
internal sealed record Report
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public required double Fp32Accuracy { get; init; }

    public required double FakeQuantizedAccuracy { get; init; }

    /// <summary>Measured by the deployed program, from the file.</summary>
    public required double Int8Accuracy { get; init; }

    /// <summary>Quantized activations of all test images that differ between the fake-quantized network and the int8 model.</summary>
    public required long FakeVsInt8MismatchedValues { get; init; }

    public required long ComparedValues { get; init; }

    public required long Fp32Bytes { get; init; }

    public required long Int8Bytes { get; init; }

    /// <summary>The share of the int8 file that is integer weights.</summary>
    public required long IntegerWeightBytes { get; init; }

    /// <summary>All files of the deployed program besides the model.</summary>
    public required long DeployFolderBytes { get; init; }

    /// <summary>All files of this program, with the native libraries of this platform alone.</summary>
    public required long TrainingFolderBytes { get; init; }

    public required double Int8UsPerImage { get; init; }

    public required double Fp32TorchsharpUsPerImage { get; init; }

    /// <summary>The instruction set of the int8 kernels.</summary>
    public required string Isa { get; init; }

    /// <summary>Of both sides, while they were timed.</summary>
    public required int Threads { get; init; }

    public required int Seed { get; init; }

    public required int Epochs { get; init; }

    public required int QatEpochs { get; init; }

    /// <summary>What all this took.</summary>
    public required double Seconds { get; init; }

    /// <summary>Writes the figures as one flat JSON object.</summary>
    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");
    }

    /// <summary>Prints the figures for people.</summary>
    public void Print()
    {
        var table = new Table().RoundedBorder().Title("[bold]LeNet-5 on MNIST, from float32 to int8[/]");
        table.AddColumn("");
        foreach (var heading in (string[])["float32\nTorchSharp", "fake-quantized\nTorchSharp", "[bold]int8\nStickGen[/]", "\ngain"])
            table.AddColumn(new TableColumn(heading).RightAligned());
        table.AddRow("accuracy", Percent(Fp32Accuracy), Percent(FakeQuantizedAccuracy), Percent(Int8Accuracy), Text($"{Int8Accuracy - Fp32Accuracy:+0.00;−0.00;±0.00} points"));
        table.AddRow("model file", Bytes(Fp32Bytes), "", Bytes(Int8Bytes), Times(Fp32Bytes, Int8Bytes, "smaller"));
        table.AddRow("time per image", Text($"{Fp32TorchsharpUsPerImage:0.0} µs"), "", Text($"{Int8UsPerImage:0.0} µs"), Times(Fp32TorchsharpUsPerImage, Int8UsPerImage, "faster"));
        table.AddRow("program folder", Bytes(TrainingFolderBytes), "", Bytes(DeployFolderBytes), Times(TrainingFolderBytes, DeployFolderBytes, "smaller"));
        AnsiConsole.Write(table);
        Console.WriteLine(Text($"{FakeVsInt8MismatchedValues:N0} of {ComparedValues:N0} quantized activations differ between fake-quantized and int8."));
        Console.WriteLine(Text($"Times: one image, one thread, {Isa}. Seed {Seed}, {Epochs} + {QatEpochs} epochs, {Seconds:0} s in all."));
    }

    private static string Percent(double value) => Text($"{value:0.00}%");

    private static string Times(double before, double after, string what) => Text($"{before / after:#,0.#}× {what}");

    private static string Bytes(long bytes) => bytes switch
    {
        < 1_000_000 => Text($"{bytes / 1e3:0.0} kB"),
        _ => Text($"{bytes / 1e6:0.0} MB"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
