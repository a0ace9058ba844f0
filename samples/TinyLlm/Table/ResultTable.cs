using StickGen.PostTraining;

/// <summary>Does all runs of the published table. The report of each finished one is kept, so that the work can be stopped at any time and divided among days.</summary>
internal sealed class ResultTable(CommandLine command, CancellationToken stop)
{
    public void Run()
    {
        Folder.Create(command.Results);
        var rows = Row.All.Where(row => Directory.Exists(Path.Combine(command.Checkpoints, row.Model))).ToList();
        var open = rows.Where(row => !File.Exists(ReportFile(row))).ToList();
        Console.WriteLine($"{rows.Count - open.Count} of {rows.Count} runs are done");
        foreach (var row in open)
        {
            Console.WriteLine(row);
            var run = command with { Precision = row.Precision, Command = CommandOf(row) };
            var report = new QuantizationRun(LanguageModel.Find(row.Model), Method.Find(row.Method), run, stop).Run();
            report.Print();
            JsonFile.Save(report, ReportFile(row));
            WritePage();
        }

        WritePage();
        Console.WriteLine($"the table is in '{SourceFolders.ResultsPage}'");
    }

    /// <summary>Writes the page from the reports that there are.</summary>
    public void WritePage()
    {
        var done = Row.All.Where(row => File.Exists(ReportFile(row))).ToDictionary(row => row, row => JsonFile.Load<QuantizationReport>(ReportFile(row)));
        var trained = LanguageModel.All.Select(model => Path.Combine(command.Checkpoints, model.Name, TrainingReport.FileName)).Where(File.Exists).Select(JsonFile.Load<TrainingReport>);
        File.WriteAllText(SourceFolders.ResultsPage, ResultsPage.Write([.. trained], done));
    }

    private string ReportFile(Row row) => Path.Combine(command.Results, $"{row}.json");

    private static string CommandOf(Row row) =>
        $"dotnet run -c Release --project samples/TinyLlm -- quantize {row.Method} --model {row.Model} --bits {row.Precision.WeightBits}/{row.Precision.ActivationBits}"
        + (row.Precision.IsStatic ? " --static" : "") + (row.Precision.GroupSize > 0 ? $" --group-size {row.Precision.GroupSize}" : "")
        + (row.Precision.KeyValueCache != KeyValuePrecision.Float ? $" --kv-cache {row.Precision.KeyValueCacheName}" : "");
}
