using System.Diagnostics;
using StickGen.Deployment;
using StickGen.PostTraining;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Quantizes a trained network without training, deploys it, and measures what was lost.</summary>
/// <param name="run">What to do.</param>
/// <param name="command">Where, and on how many threads.</param>
/// <param name="stop">Ends it after the current step.</param>
internal sealed class CalibrationExperiment(CalibrationRun run, CommandLine command, CancellationToken stop)
{
    /// <summary>Of the training set, without augmentation.</summary>
    private const int Images = 1024, BatchSize = 64;

    public Report Run()
    {
        set_num_threads(command.Threads);
        using var scope = NewDisposeScope();
        var images = run.Float.Data.Read(command.Data);
        var measured = command.IsValidation ? images.Validation : images.Test;
        using var training = images.Training.ToDataset();
        using var test = measured.ToDataset();
        using var model = Baseline.Load(run.Float, command);

        var algorithm = new StaticQuantization(run.Method.Options with { WeightBits = run.Bits.Weights, ActivationBits = run.Bits.Activations });
        using var fake = run.Float.Network.Compress(model, run.Float.Data.Size, algorithm);
        var folder = Path.Combine(command.Output, $"{run}.calibration");
        if (!command.Resume && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var isResumed = Directory.Exists(folder);
        var clock = Stopwatch.StartNew();
        var calibration = algorithm.Calibrate(fake.Variant, Batches(training), folder, new LayerProgress(), stop);
        double? seconds = isResumed ? null : clock.Elapsed.TotalSeconds;
        Console.WriteLine(calibration);

        fake.Module.eval();
        var file = Path.Combine(command.Output, $"{run}.safetensors");
        using (var converted = QuantizedModel.FromGraph(algorithm.ToGraph(fake.Variant)))
            converted.Save(file);
        return new Report
        {
            Model = run.Float.Network.Name, Dataset = run.Float.Data.Name, Algorithm = run.Method.Name, WeightBits = run.Bits.Weights, ActivationBits = run.Bits.Activations,
            Fp32Accuracy = Training.Accuracy(model, test, stop), Fp32Bytes = new FileInfo(Baseline.File(run.Float, command)).Length,
            SimulatedAccuracy = Training.Accuracy(fake.Module, test, stop), MeasuredOn = command.IsValidation ? "validation" : "test",
            Epochs = 0, LearningRate = 0, Seed = run.Float.Seed, Threads = command.Threads, TrainingSeconds = 0, Machine = Machine.Describe(), Command = run.Command(),
            CalibrationImages = Images, CalibrationSeconds = seconds, CalibrationOutputError = calibration.OutputError,
        }.WithDeployed(file, (fake.Module, fake.Variant.State), measured, stop);
    }

    private static List<Tensor> Batches(IDataset training) =>
        [.. Enumerable.Range(0, Images / BatchSize).Select(i => training.GetBatch([.. Enumerable.Range(i * BatchSize, BatchSize).Select(n => (long)n)]).Input)];

    /// <summary>A line for each layer.</summary>
    private sealed class LayerProgress : IProgress<StaticQuantizationProgress>
    {
        public void Report(StaticQuantizationProgress value) =>
            Console.WriteLine(FormattableString.Invariant($"layer {value.Done} of {value.Layers}: {value.Layer.Name}, relative error {value.Layer.RelativeError:E2} (to nearest {value.Layer.NearestError:E2})"));
    }
}
