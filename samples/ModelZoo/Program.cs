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
        case [var network, var data, var algorithm]:
            var run = Run.Of(network, data, algorithm, command.Bits, command.Seed, command.Epochs, command.LearningRate);
            Folder.Create(command.Checkpoints);
            using (var experiment = new Experiment(run, command, command.Resume ? ResumeMode.IfPresent : ResumeMode.Never, stop.Token))
            {
                var report = await experiment.RunAsync();
                report.Print();
                if (command.Report is not null)
                    report.Save(command.Report);
            }

            return 0;
        default:
            throw new ArgumentException($"'{string.Join(" ", command.Words)}' is not what this program does.\n\n{CommandLine.Usage}");
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
