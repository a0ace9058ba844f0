using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Distillation;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Does a run.</summary>
internal sealed class Experiment : IDisposable
{
    private const int MeasuredSteps = 40;

    private readonly CommandLine command;
    private readonly Run run;
    private readonly ResumeMode resume;
    private readonly CancellationToken stop;
    private readonly ImageSet measured;
    private readonly InMemoryDataset training, validation, test;

    /// <param name="run">What to do.</param>
    /// <param name="command">Where, and on how many threads.</param>
    /// <param name="resume">What to do with the state of an earlier run.</param>
    /// <param name="stop">Ends it after the current step.</param>
    public Experiment(Run run, CommandLine command, ResumeMode resume, CancellationToken stop)
    {
        (this.run, this.command, this.resume, this.stop) = (run, command, resume, stop);
        var images = run.Data.Read(command.Data);
        measured = command.IsValidation ? images.Validation : images.Test;
        training = images.Training.ToDataset();
        validation = images.Validation.ToDataset();
        test = measured.ToDataset();
    }

    /// <summary>Where the fake-quantized network is when it was trained.</summary>
    public static string TrainedFile(Run run, string folder) => Path.Combine(folder, $"{run}.trained.safetensors");

    /// <summary>Where the model to deploy is.</summary>
    public static string DeployedFile(Run run, string folder) => Path.Combine(folder, $"{run}.safetensors");

    private string BaselineFile => Baseline.File(run, command);

    public async Task<Report> RunAsync()
    {
        set_num_threads(command.Threads);
        manual_seed(run.Seed).Dispose();
        return run.Algorithm is { } algorithm ? await CompressAsync(algorithm) : await TrainFloatAsync();
    }

    public void Dispose()
    {
        training.Dispose();
        validation.Dispose();
        test.Dispose();
    }

    /// <summary>Trains a float network and keeps it, with its report beside it.</summary>
    private async Task<Report> TrainFloatAsync()
    {
        using var model = run.Network.Create(run.Data.Size);
        var result = await Trainer(StateFile(run.ToString(), "")).FitAsync(model, training, [Progress("fp32"), .. Histories()], validation, stop);
        // A trial of hyper-parameters does not replace the network that all other runs begin with.
        var file = command.IsValidation ? Path.Combine(command.Output, Path.GetFileName(BaselineFile)) : BaselineFile;
        SafetensorsFile.Save(model, file);
        var report = NewReport(file, Training.Accuracy(model, test, stop), result);
        JsonFile.Save(report, Path.ChangeExtension(file, ".json"));
        return report;
    }

    /// <summary>Compresses the float network that is kept, trains it on, deploys it, and compares.</summary>
    private async Task<Report> CompressAsync(Algorithm entry)
    {
        using var model = Baseline.Load(FloatRun(), command);
        var floatAccuracy = Training.Accuracy(model, test, stop);

        var algorithm = entry.Create(run.Bits, training, run.Recipe);
        using var fake = run.Network.Compress(model, run.Data.Size, algorithm);
        var title = $"{run.AlgorithmName} {run.Bits}";
        var trainer = Trainer(StateFile(run.ToString(), $"{BaselineHash()} {OptionsOf(algorithm)}"));
        using var distillation = run.Recipe.Distillation > 0 ? new KnowledgeDistillation(model, new() { Alpha = run.Recipe.Distillation }) : null;
        trainer = trainer with { Loss = algorithm.Loss(distillation?.Loss(trainer.Loss) ?? trainer.Loss) };
        var result = await trainer.FitAsync(fake.Module, training, [.. algorithm.Callbacks, Progress(title), .. Histories()], validation, stop);
        var simulated = Training.Accuracy(fake.Module, test, stop);
        SafetensorsFile.Save(fake.Module, TrainedFile(run, command.Output));
        var file = DeployedFile(run, command.Output);
        using (var converted = QuantizedModel.FromGraph(algorithm.ToGraph(fake.Variant)))
            converted.Save(file);
        var report = NewReport(BaselineFile, floatAccuracy, result).WithDeployed(file, (fake.Module, fake.Variant.State), measured, stop);

        // Before float trains on: as training began, of which the last part may be shorter, when statistics of batch normalization stay.
        var again = entry.Create(run.Bits, training, run.Recipe);
        using var early = run.Network.Compress(model, run.Data.Size, again);
        var ratio = StepTimeRatio((early.Module, again.Loss(Losses.CrossEntropy)), model);
        return report with
        {
            Fp32SameExtraEpochsAccuracy = await TrainFloatOnAsync(model),
            StepTimeRatioToFp32 = ratio,
            SimulatedAccuracy = simulated,
        };
    }

    /// <summary>The accuracy of the float network after the same training, which runs with the same recipe share, whether they resume or not.</summary>
    private async Task<double> TrainFloatOnAsync(nn.Module<Tensor, Tensor> model)
    {
        var recipe = run.Recipe.InFloat();
        var file = StateFile($"{FloatRun()}-more", BaselineHash(), recipe);
        var trainer = Training.Trainer(recipe, run.Data.Augmentation, run.Seed, new() { Path = file, EverySteps = command.StepsBetweenCheckpoints });
        await trainer.FitAsync(model, training, [Progress("fp32, as many epochs")], validation, stop);
        return Training.Accuracy(model, test, stop);
    }

    private double StepTimeRatio((nn.Module<Tensor, Tensor>, LossFunction) compressed, nn.Module<Tensor, Tensor> model) =>
        StepTime.Measure([compressed, (model, Losses.CrossEntropy)], training, run.Recipe, MeasuredSteps, stop) is [var time, var reference]
            ? time.Shortest / reference.Shortest : double.NaN;

    private Trainer Trainer(string stateFile) =>
        Training.Trainer(run.Recipe, run.Data.Augmentation, run.Seed, new() { Path = stateFile, EverySteps = command.StepsBetweenCheckpoints, Resume = resume });

    private static ConsoleProgress Progress(string title) => new(title, interval: TimeSpan.FromSeconds(Console.IsOutputRedirected ? 30 : 5));

    /// <summary>The run's epochs as numbers and as curves, beside its state.</summary>
    private IEnumerable<ITrainingCallback> Histories() =>
        ((string[])[".csv", ".svg"]).Select(extension => new HistoryFile(Path.Combine(command.Output, run + extension), run.ToString()));

    private Run FloatRun() => run with { Algorithm = null, Bits = new(Bits.Float, Bits.Float), Recipe = Recipe.Baseline(run.Network.Name) };

    /// <summary>Runs that differ in what they begin with, in options or in their recipe have different names.</summary>
    private string StateFile(string name, string origin, Recipe? recipe = null)
    {
        var key = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{origin} {recipe ?? run.Recipe}")));
        return Path.Combine(command.Output, $"{name}-{Convert.ToHexStringLower(key)[..8]}.checkpoint");
    }

    private string BaselineHash() => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(BaselineFile)));

    /// <summary>What the algorithm was told. A run with other options is another run, even if its recipe is the same.</summary>
    private static string OptionsOf(CompressionAlgorithm algorithm) => algorithm switch
    {
        SimulatedQuantization a => a.Options.ToJson(),
        LearnedStepSizeQuantization a => a.Options.ToJson(),
        ParameterizedClipping a => a.Options.ToJson(),
        SearchingLowBitWeights a => a.Options.ToJson(),
        _ => throw new NotSupportedException($"{algorithm.Name} has no options that its state could be told by."),
    };

    private Report NewReport(string file, double floatAccuracy, TrainingResult result) => new()
    {
        Model = run.Network.Name,
        Dataset = run.Data.Name,
        Algorithm = run.AlgorithmName,
        WeightBits = run.Bits.Weights,
        ActivationBits = run.Bits.Activations,
        Fp32Accuracy = floatAccuracy,
        Fp32Bytes = new FileInfo(file).Length,
        MeasuredOn = command.IsValidation ? "validation" : "test",
        Epochs = run.Recipe.Epochs,
        LearningRate = run.Recipe.LearningRate,
        Distillation = run.Recipe.Distillation,
        Seed = run.Seed,
        Threads = command.Threads,
        TrainingSeconds = result.History.Sum(epoch => epoch.Seconds),
        Machine = Machine.Describe(),
        Command = run.Command(),
    };
}
