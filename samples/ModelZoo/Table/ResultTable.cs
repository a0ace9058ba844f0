using System.Diagnostics;
using StickGen.Training;

/// <summary>
/// Does all runs of the published table. The report of each finished one is kept, so that the work can be stopped at any time
/// and divided among days.
/// </summary>
internal sealed class ResultTable(CommandLine command, CancellationToken stop)
{
    public async Task RunAsync()
    {
        Folder.Create(command.Results);
        (string Name, string File, Func<Task<Report>> Do)[] runs =
        [
            .. Row.All.SelectMany(row => row.Runs()).Select(run => (run.ToString(), ReportFile(run), (Func<Task<Report>>)(() => DoAsync(run)))),
            .. PruningRow.All.Select(row => row.Run(command)).Select(run => (run.ToString(), ReportFile(run), (Func<Task<Report>>)(() => Task.FromResult(Do(run))))),
            .. CalibrationRow.All.Select(row => row.Run(command)).Select(run => (run.ToString(), ReportFile(run), (Func<Task<Report>>)(() => Task.FromResult(Do(run))))),
        ];
        var open = runs.Where(run => !File.Exists(run.File)).ToList();
        Console.WriteLine($"{runs.Length - open.Count} of {runs.Length} runs are done");
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < open.Count; i++)
        {
            var left = i == 0 ? "" : $", about {clock.Elapsed / i * (open.Count - i):d\\.hh\\:mm} (d.hh:mm) left";
            Console.WriteLine($"run {i + 1} of {open.Count}{left}: {open[i].Name}");
            var report = await open[i].Do();
            report.Print();
            JsonFile.Save(report, open[i].File);
            WritePage();
        }

        WritePage();
        Console.WriteLine($"the table is in '{SourceFolders.ResultsPage}'");
    }

    private async Task<Report> DoAsync(Run run)
    {
        using var experiment = new Experiment(run, CommandFor(run.Data), ResumeMode.IfPresent, stop);
        return await experiment.RunAsync();
    }

    private Report Do(PruningRun run) => new PruningExperiment(run, CommandFor(run.Data) with { Resume = true }, stop).Run();

    private Report Do(CalibrationRun run) => new CalibrationExperiment(run, CommandFor(run.Float.Data) with { Resume = true }, stop).Run();

    /// <summary>Where a data set is not in its default place, <c>--data</c> has a folder of its name.</summary>
    private CommandLine CommandFor(DataSource data) => command with
    {
        Data = command.Data is { } root && Path.Combine(root, data.Name) is var folder && Directory.Exists(folder) ? folder : null,
        IsValidation = false,
    };

    /// <summary>Float runs keep their report beside the network, with which it ships.</summary>
    private string ReportFile(Run run) => run.Algorithm is null
        ? Path.ChangeExtension(Baseline.File(run, command), ".json")
        : Path.Combine(command.Results, $"{run}.json");

    private string ReportFile(PruningRun run) => Path.Combine(command.Results, $"{run}.json");

    private string ReportFile(CalibrationRun run) => Path.Combine(command.Results, $"{run}.json");

    /// <summary>Writes the page from the reports that there are.</summary>
    public void WritePage() =>
        File.WriteAllText(SourceFolders.ResultsPage, ResultsPage.Write(
            [.. Row.All.Select(row => (row, Reports(row.Runs().Select(ReportFile))))],
            [.. PruningRow.All.Select(row => (row, Reports([ReportFile(row.Run(command))]).SingleOrDefault()))],
            [.. CalibrationRow.All.Select(row => (row, Reports([ReportFile(row.Run(command))]).SingleOrDefault()))],
            StepTimeResult.Load(Path.Combine(command.Results, "step-time.json"))));

    private static List<Report> Reports(IEnumerable<string> files) => [.. files.Where(File.Exists).Select(OnTest)];

    private static Report OnTest(string file) =>
        JsonFile.Load<Report>(file) is { MeasuredOn: "test" } report ? report
        : throw new InvalidDataException($"'{file}' was not measured on the test images; the table has no others. Delete it, and the run is done again.");
}
