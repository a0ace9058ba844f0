// Trains small networks, compresses them, and measures what is lost. See CommandLine.cs for what can be asked for.
using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Training;

if (args is [] or ["--help"])
{
    Console.WriteLine(CommandLine.Usage);
    return args is [] ? 1 : 0;
}

using var stop = new StopSignal();
try
{
    var command = CommandLine.Parse(args);
    Folder.Create(command.Output);
    // Now, not after hours of training.
    if (command.Report is { } file && Directory.Exists(file))
        throw new ArgumentException($"--report is '{file}', which is a folder; a file is expected.");

    switch (command.Words)
    {
        case ["table"]:
            await new ResultTable(command, stop.Token).RunAsync();
            return 0;
        case ["page"]:
            new ResultTable(command, stop.Token).WritePage();
            return 0;
        case ["memory", .. var words]:
            return MemoryCheck.Run(ToRun(words, command), command, stop.Token) ? 0 : 1;
        case ["step-time"]:
            return StepTimeCheck.Run(command, stop.Token) ? 0 : 1;
        case ["kill-test", .. var words]:
            return new KillTest(ToRun(words, command with { Epochs = command.Epochs ?? 1 }), command, stop.Token).Run() ? 0 : 1;
        case [var network, var data, var name] when PruningMethod.Find(name) is { } method:
            var smaller = new PruningExperiment(PruningRun.Of(network, data, method, command), command, stop.Token);
            var figures = smaller.Run();
            Console.WriteLine(smaller.Tree);
            figures.Print();
            if (command.Report is not null)
                JsonFile.Save(figures, command.Report);
            return 0;
        case [var network, var data, var name] when CalibrationMethod.Find(name) is { } method && command.Ratio is null:
            var calibrated = new CalibrationExperiment(CalibrationRun.Of(network, data, method, command), command, stop.Token).Run();
            calibrated.Print();
            if (command.Report is not null)
                JsonFile.Save(calibrated, command.Report);
            return 0;
        case [_, _, _] when command.Ratio is not null:
            throw new ArgumentException($"--ratio is {command.Ratio}; {command.Words[2]} removes nothing.");
        case [_, _, _]:
            Folder.Create(command.Checkpoints);
            var run = ToRun(command.Words, command);
            using (var experiment = new Experiment(run, command, command.Resume ? ResumeMode.IfPresent : ResumeMode.Never, stop.Token))
            {
                var report = await experiment.RunAsync();
                report.Print();
                if (command.Report is not null)
                    JsonFile.Save(report, command.Report);
            }

            return 0;
        default:
            throw Misunderstood(command.Words);
    }
}
catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
{
    Console.WriteLine("Stopped. The same command with --resume continues.");
    return 130;
}
catch (Exception e) when (e is ArgumentException or IOException or InvalidDataException or UnauthorizedAccessException
    or InvalidOperationException or CompressionException or InvalidModelException or NotFiniteNumberException)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 1;
}

// The checks have a default that needs nothing but what ships with the samples.
static Run ToRun(string[] words, CommandLine command) => words switch
{
    [] => ToRun(["lenet5", "mnist", "lsq"], command),
    [var network, var data, var algorithm] => Run.Of(network, data, algorithm, command.Bits, command.Seed, command.Epochs, command.LearningRate),
    _ => throw Misunderstood(words),
};

static ArgumentException Misunderstood(IEnumerable<string> words) =>
    new($"'{string.Join(" ", words)}' is not a model, a data set and an algorithm.\n\n{CommandLine.Usage}");
