using StickGen.Compression;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>How the two networks of this sample learn: the float one, and its fake-quantized variant.</summary>
internal sealed class Training(CommandLine command, IDataset digits, CancellationToken stop)
{
    private const int BatchSize = 64;

    private readonly string floatCheckpoint = Path.Combine(command.Output, "float32.checkpoint");
    private readonly string quantizedCheckpoint = Path.Combine(command.Output, "fake-quantized.checkpoint");

    /// <summary>Measures on unseen digits.</summary>
    public static double Accuracy(nn.Module<Tensor, Tensor> model, IDataset digits) => Trainer(new()).Evaluate(model, digits)["accuracy"];

    /// <summary>Ordinary training in float.</summary>
    public Task TrainAsync(LeNet5 model) =>
        Trainer(Options(command.Epochs, warmupSteps: 200, floatCheckpoint, command.Resume), learningRate: 3e-3)
            .FitAsync(model, digits, [new ConsoleProgress("float32")], cancellationToken: stop);

    /// <summary>
    /// Quantization-aware training: a little more of the same, at a lower rate, with the rounding of int8 in the forward pass.
    /// </summary>
    public Task RetrainAsync(LeNet5.FakeQuantized model, SimulatedQuantization algorithm)
    {
        // An older checkpoint continues from another float network.
        var isCurrent = File.GetLastWriteTimeUtc(quantizedCheckpoint) >= File.GetLastWriteTimeUtc(floatCheckpoint);
        var trainer = Trainer(Options(command.QuantizedEpochs, warmupSteps: 0, quantizedCheckpoint, command.Resume && isCurrent), learningRate: 3e-4);
        trainer = trainer with { Loss = algorithm.Loss(trainer.Loss) };
        return trainer.FitAsync(model, digits, [.. algorithm.Callbacks, new ConsoleProgress("fake-quantized")], cancellationToken: stop);
    }

    private static Trainer Trainer(TrainingOptions options, double learningRate = 0) =>
        new(options, Losses.CrossEntropy, parameters => optim.AdamW(parameters, learningRate, weight_decay: 0.01))
        {
            Metrics = () => [new LossMetric(), new AccuracyMetric()],
            Augmentation = Augmentation.Distort,
        };

    private TrainingOptions Options(int epochs, int warmupSteps, string checkpoint, bool resume) => new()
    {
        Epochs = epochs,
        BatchSize = BatchSize,
        Seed = command.Seed,
        Schedule = new CosineSchedule(warmupSteps, FinalFactor: 0.01),
        Checkpoint = new()
        {
            Path = checkpoint,
            EverySteps = 200,
            Resume = resume ? ResumeMode.IfPresent : ResumeMode.Never,
        },
    };
}
