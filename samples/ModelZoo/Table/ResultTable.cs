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
        var runs = Row.All.SelectMany(row => row.Runs()).ToList();
        var open = runs.Where(run => !File.Exists(ReportFile(run))).ToList();
        Console.WriteLine($"{runs.Count - open.Count} of {runs.Count} runs are done");
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < open.Count; i++)
        {
            var left = i == 0 ? "" : $", about {clock.Elapsed / i * (open.Count - i):d\\.hh\\:mm} (d.hh:mm) left";
            Console.WriteLine($"run {i + 1} of {open.Count}{left}: {open[i]}");
            using var experiment = new Experiment(open[i], command with { Data = DataFolder(open[i]), IsValidation = false }, ResumeMode.IfPresent, stop);
            var report = await experiment.RunAsync();
            report.Print();
            report.Save(ReportFile(open[i]));
            WritePage();
        }

        WritePage();
        Console.WriteLine($"the table is in '{SourceFolders.ResultsPage}'");
    }

    /// <summary>Where a data set is not in its default place, <c>--data</c> has a folder of its name.</summary>
    private string? DataFolder(Run run) =>
        command.Data is { } root && Path.Combine(root, run.Data.Name) is var folder && Directory.Exists(folder) ? folder : null;

    /// <summary>Float runs keep their report beside the network, with which it ships.</summary>
    private string ReportFile(Run run) => run.Algorithm is null
        ? Path.ChangeExtension(Baseline.File(run, command), ".json")
        : Path.Combine(command.Results, $"{run}.json");

    /// <summary>Writes the page from the reports that there are.</summary>
    public void WritePage() =>
        File.WriteAllText(SourceFolders.ResultsPage, ResultsPage.Write(
            [.. Row.All.Select(row => (row, row.Runs().Select(ReportFile).Where(File.Exists).Select(Report.Load).ToList()))],
            StepTimeResult.Load(Path.Combine(command.Results, "step-time.json"))));
}
