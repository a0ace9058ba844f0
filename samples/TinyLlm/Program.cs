// Trains small language models, quantizes them, and measures what is lost. See CommandLine.cs for what can be asked for.
using StickGen.Compression;
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
    Folder.Create(command.Checkpoints);
    switch (command.Words)
    {
        case ["train", .. var rest]:
            await new TrainingRun(ToModel(rest), command, stop.Token).RunAsync();
            return 0;
        case ["evaluate", .. var rest]:
            Evaluation.Run(ToModel(rest), command, stop.Token);
            return 0;
        case ["quantize", var name]:
            var method = Method.Find(name);
            // Now, not after the work.
            if (command.Report is { } file && Directory.Exists(file))
                throw new ArgumentException($"--report is '{file}', which is a folder; a file is expected.");
            var report = new QuantizationRun(LanguageModel.Find(command.Model), method, command, stop.Token).Run();
            report.Print();
            if (command.Report is not null)
                JsonFile.Save(report, command.Report);
            return 0;
        case ["table"]:
            new ResultTable(command, stop.Token).Run();
            return 0;
        case ["page"]:
            new ResultTable(command, stop.Token).WritePage();
            return 0;
        case ["generate", var beginning] when command.Deployed is not null:
            DeployedGeneration.Run(beginning, command, stop.Token);
            return 0;
        case ["generate", var beginning]:
            Generation.Run(LanguageModel.Find(command.Model), beginning, command, stop.Token);
            return 0;
        default:
            throw Misunderstood(command.Words);
    }
}
catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
{
    Console.WriteLine(args.Contains("train") ? "Stopped. The same command with --resume continues." : "Stopped.");
    return 130;
}
catch (Exception e) when (e is ArgumentException or IOException or InvalidDataException or UnauthorizedAccessException
    or InvalidOperationException or CompressionException or NotFiniteNumberException)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 1;
}

static LanguageModel ToModel(string[] words) => words switch
{
    [] => LanguageModel.All[0],
    [var name] => LanguageModel.Find(name),
    _ => throw Misunderstood(words),
};

static ArgumentException Misunderstood(IEnumerable<string> words) => new($"'{string.Join(" ", words)}' is nothing that this program does.\n\n{CommandLine.Usage}");
