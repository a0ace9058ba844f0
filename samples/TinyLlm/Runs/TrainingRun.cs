using System.Globalization;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Trains a float model from the beginning and keeps it.</summary>
internal sealed class TrainingRun(LanguageModel kind, CommandLine command, CancellationToken stop)
{
    public async Task RunAsync()
    {
        if (!LanguageModel.All.Contains(kind))
            throw new ArgumentException($"{kind.Name} is no model of this sample, which trains {string.Join(" and ", LanguageModel.All.Select(model => model.Name))}.");
        set_num_threads(command.Threads);
        var text = TextData.Read(command.Text, command.Tokenizer);
        manual_seed(command.Seed).Dispose();
        using var model = kind.Create(LinearLayers.Float);
        kind.Initialize(model);
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
        var folder = KeptModel.FolderOf(kind, command);
        kind.Write(model, folder);
        // What is measured is what was kept: weights in float16.
        var evaluation = Evaluation.Run(kind, command, stop);
        var report = new TrainingReport
        {
            Model = kind.Name,
            Parameters = model.parameters().Sum(parameter => parameter.numel()),
            Epochs = kind.Recipe.Epochs,
            Seed = command.Seed,
            TrainingSeconds = result.History.Sum(epoch => epoch.Seconds),
            TrainingLoss = result.History[^1].Training["loss"],
            CalibrationLoss = result.History[^1].Validation!["loss"],
            Threads = command.Threads,
            Machine = Machine.Describe(),
            Command = $"dotnet run -c Release --project samples/TinyLlm -- train {kind.Name} --seed {command.Seed} --threads {command.Threads}",
            Perplexity = evaluation.Perplexity.Value,
            PerplexityBootstrapInterval = [evaluation.Interval.Low, evaluation.Interval.High],
            BitsPerCharacter = evaluation.BitsPerCharacter,
        };
        JsonFile.Save(report, Path.Combine(folder, TrainingReport.FileName));
    }
}
