using System.Globalization;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Trains a float model from the beginning and keeps it.</summary>
internal sealed class TrainingRun(LanguageModel kind, CommandLine command, CancellationToken stop)
{
    public async Task RunAsync()
    {
        set_num_threads(command.Threads);
        var text = TextData.Read(command.Text, command.Tokenizer);
        manual_seed(command.Seed).Dispose();
        using var model = kind.Create();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{kind.Name}: {model.parameters().Sum(parameter => parameter.numel()):N0} parameters, {text.Training.Length:N0} tokens to learn from"));
        var name = Path.Combine(command.Output, $"{kind.Name}-seed{command.Seed}");
        var trainer = Training.Trainer(
            kind.Recipe, command.Seed, new() { Path = name + ".checkpoint", EverySteps = command.StepsBetweenCheckpoints, Resume = command.Resume ? ResumeMode.IfPresent : ResumeMode.Never });
        var result = await trainer.FitAsync(
            model,
            new TokenWindows(text.Training, kind.Context),
            [new ConsoleProgress(kind.Name, interval: TimeSpan.FromSeconds(Console.IsOutputRedirected ? 30 : 5)), new HistoryFile(name + ".csv"), new HistoryFile(name + ".svg", name)],
            new TokenWindows(text.Calibration, kind.Context),
            stop);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"trained in {result.History.Sum(epoch => epoch.Seconds):0} s"));
    }
}
