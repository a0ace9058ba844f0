using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Pipelines;
using StickGen.Pruning;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Makes a trained network smaller, trains it on, deploys it where bits are given, and measures what was lost and gained.</summary>
/// <param name="run">What to do.</param>
/// <param name="command">Where, and on how many threads.</param>
/// <param name="stop">Ends it after the current step.</param>
internal sealed class PruningExperiment(PruningRun run, CommandLine command, CancellationToken stop)
{
    public PruningReport? Tree { get; private set; }

    public Report Run()
    {
        set_num_threads(command.Threads);
        manual_seed(run.Training.Seed).Dispose();
        var images = run.Data.Read(command.Data);
        var measured = command.IsValidation ? images.Validation : images.Test;
        using var training = images.Training.ToDataset();
        using var test = measured.ToDataset();
        using var validation = images.Validation.ToDataset();
        using var model = Baseline.Load(run.FloatRun, command);
        var (floatAccuracy, floatLoss) = Training.Evaluate(model, test, stop);

        Shape[] shapes = [new("batch", run.Data.Size.Channels, run.Data.Size.Side, run.Data.Size.Side)];
        var folder = run.Folder(command.Output);
        if (!command.Resume && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        using var result = Pipeline(run.Plan, run.Method.Name, folder).Run((ICompressible)model, shapes, stop);
        var seconds = watch.Elapsed.TotalSeconds;
        Tree = PruningReport.Of((ICompressible)model, (ICompressible)result.Model, shapes);
        var (accuracy, loss) = Training.Evaluate(result.Model, test, stop);
        double moreAccuracy;
        using (var more = Pipeline(run.FloatPlan, "fp32, as many epochs", run.FloatFolder(command.Output)).Run((ICompressible)model, shapes, stop))
            moreAccuracy = Training.Evaluate(more.Model, test, stop).Accuracy;
        var report = new Report
        {
            Model = run.Network.Name, Dataset = run.Data.Name, Algorithm = run.Method.Name,
            WeightBits = run.Bits?.Weights ?? Bits.Float, ActivationBits = run.Bits?.Activations ?? Bits.Float,
            Fp32Accuracy = floatAccuracy, Fp32Bytes = new FileInfo(Baseline.File(run.FloatRun, command)).Length, CompressedAccuracy = accuracy,
            Fp32SameExtraEpochsAccuracy = moreAccuracy,
            MeasuredOn = command.IsValidation ? "validation" : "test", Epochs = run.Training.Epochs, LearningRate = run.Training.LearningRate,
            Seed = (int)run.Training.Seed, Threads = command.Threads, TrainingSeconds = seconds, Machine = Machine.Describe(), Command = run.Command(),
            Ratio = run.Ratio, Fp32Params = Tree.Root.ParametersBefore, CompressedParams = Tree.Root.ParametersAfter,
            Fp32Macs = Tree.Root.MultiplicationsBefore, CompressedMacs = Tree.Root.MultiplicationsAfter,
            Fp32Heads = Heads((ICompressible)model, shapes), CompressedHeads = Heads((ICompressible)result.Model, shapes),
            MaskedVsShrunkMaxRelDiff = result.Steps.Max(s => s.MaskedDifference), Fp32Loss = floatLoss, CompressedLoss = loss,
            LatencyRatio = Latency.Ratio((ICompressible)result.Model, (ICompressible)model, training, shapes, folder, stop),
        };
        return result.Quantized is null ? report : report.WithDeployed(
            Path.Combine(folder, new DeployStep().File), ((nn.Module<Tensor, Tensor>)result.Variant!, result.Variant!.State), measured, stop);

        CompressionPipeline Pipeline(CompressionPlan plan, string title, string state) => new(
            plan,
            new(training, Losses.CrossEntropy)
            {
                Validation = validation,
                Metrics = () => [new LossMetric(), new AccuracyMetric()],
                Augmentation = run.Data.Augmentation,
                Callbacks = [new ConsoleProgress(title, interval: TimeSpan.FromSeconds(Console.IsOutputRedirected ? 30 : 5))],
            },
            state);
    }

    /// <summary>Heads of attention; <see langword="null"/> if there are none.</summary>
    private static int? Heads(ICompressible model, Shape[] shapes) =>
        ChannelGroups.Of(model, shapes).Prunable.Where(group => group.AreHeads).Sum(group => group.Width) is > 0 and var heads ? heads : null;
}
