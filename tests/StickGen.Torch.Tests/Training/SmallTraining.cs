using StickGen.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Training;

/// <summary>A run small enough to be repeated, with all that makes resuming hard: dropout, batch norm, augmentation, odd batches.</summary>
internal static class SmallTraining
{
    // Threads would only wait for each other over tensors of this size.
    static SmallTraining() => torch.set_num_threads(1);

    public const int Samples = 45, BatchSize = 8, Epochs = 3, StepsPerEpoch = 6;

    public static TrainingOptions Options { get; } = new()
    {
        Epochs = Epochs,
        BatchSize = BatchSize,
        EvaluationBatchSize = 7,
        Seed = 11,
        Schedule = new CosineSchedule(WarmupSteps: 4, FinalFactor: 0.1),
    };

    public static Trainer Trainer(TrainingOptions? options = null, OptimizerFactory? optimizer = null) =>
        new(options ?? Options, Losses.CrossEntropy, optimizer ?? (parameters => torch.optim.SGD(parameters, 0.1, momentum: 0.9)))
        {
            Metrics = () => [new LossMetric(), new AccuracyMetric()],
            Augmentation = (batch, random) => batch.WithInput(batch.Input + (0.1 * torch.randn(batch.Input.shape, generator: random))),
        };

    public static InMemoryDataset Data(int seed = 5, int samples = Samples)
    {
        using var random = new Generator((ulong)seed);
        using var inputs = torch.randn(samples, 1, 6, 6, generator: random);
        using var targets = inputs.mean([1, 2, 3]).gt(0).to_type(ScalarType.Int64);
        return new(inputs.clone(), targets.clone());
    }

    public static SmallModel Model(int seed = 3)
    {
        torch.manual_seed(seed).Dispose();
        return new();
    }

    /// <summary>Everything that the run left behind, except for times.</summary>
    public static Dictionary<string, string> Outcome(string checkpoint)
    {
        using var file = new CheckpointReader(checkpoint);
        var result = file.Entries.ToDictionary(
            entry => entry.Name,
            entry =>
            {
                using var values = torch.zeros(entry.Shape, entry.Type);
                file.Read(entry.Name, values);
                return $"{entry}: {Convert.ToHexString(values.bytes)}";
            });
        result["epochs"] = string.Join(" | ", file.State.History.Select(epoch =>
            $"{epoch.Epoch}: {Bits(epoch.Training)}; {Bits(epoch.Validation)}; {BitConverter.DoubleToInt64Bits(epoch.LearningRate):x}"));
        result["loss"] = $"{BitConverter.DoubleToInt64Bits(file.State.Loss):x}";
        return result;
    }

    private static string Bits(MetricValues? values) =>
        values is null ? "none" : string.Join(", ", values.Select(value => $"{value.Key} {BitConverter.DoubleToInt64Bits(value.Value):x}"));
}

internal sealed class SmallModel : Module<Tensor, Tensor>
{
    private readonly Conv2d conv = Conv2d(1, 3, 3);
    private readonly BatchNorm2d norm = BatchNorm2d(3);
    private readonly Dropout dropout = Dropout(0.25);
    private readonly Linear linear = Linear(48, 2);

    public SmallModel()
        : base(nameof(SmallModel)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        x = functional.relu(norm.forward(conv.forward(x)));
        return linear.forward(dropout.forward(x.flatten(1))).MoveToOuterDisposeScope();
    }
}
