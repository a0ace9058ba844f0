using StickGen.Training;
using TorchSharp;
using TorchSharp.Modules;
using static StickGen.Torch.Tests.Training.SmallTraining;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Training;

/// <summary>Gradient accumulation: batches that go through the model in parts.</summary>
public sealed class MicroBatchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly InMemoryDataset data = Data();

    public void Dispose()
    {
        data.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void Parts_teach_what_the_whole_batch_does(int size)
    {
        using var whole = Plain();
        using var parts = Plain();
        var expected = Fit(whole, null);
        var actual = Fit(parts, size);

        Assert.Equal(expected.Steps, actual.Steps);
        foreach (var (left, right) in expected.History.Zip(actual.History))
        {
            Assert.Equal(left.Training["loss"], right.Training["loss"], 5);
            Assert.Equal(left.Training["accuracy"], right.Training["accuracy"], 5);
        }

        foreach (var (name, value) in whole.state_dict())
            Assert.True(allclose(value, parts.state_dict()[name], rtol: 1e-4, atol: 1e-6), name);
    }

    [Fact]
    public void One_part_is_the_whole_batch_bit_for_bit() => Assert.Equal(Run("whole", null), Run("one part", BatchSize));

    [Fact]
    public void The_model_sees_parts_and_callbacks_see_steps()
    {
        using var model = Plain();
        var seen = new List<long>();
        var steps = 0;
        Trainer(Options with { Epochs = 1, BatchSize = 20, MicroBatchSize = 8 }).Fit(
            model, batch => { seen.Add(batch.Count); return model.call(batch.Input); }, data, [new StepCounter(batch => steps += batch.Count == 20 ? 1 : 100)]);
        Assert.Equal([8, 8, 4, 8, 8, 4, 5], seen);
        Assert.Equal(102, steps);
    }

    [Fact]
    public void Gradients_are_clipped_once_they_are_complete()
    {
        using var model = Plain();
        var norms = new List<double>();
        Trainer(Options with { Epochs = 1, MicroBatchSize = 3, GradientClipNorm = 0.01 }).Fit(model, data, [new GradientNorm(norms)]);
        Assert.All(norms, norm => Assert.InRange(norm, 0.0099, 0.0101));
    }

    [Fact]
    public void A_run_that_is_interrupted_ends_bit_identical()
    {
        var expected = Run("uninterrupted", 3);
        using (var cancellation = new CancellationTokenSource())
            Assert.ThrowsAny<OperationCanceledException>(() => Run("interrupted", 3, cancellation));
        Assert.Equal(expected, Run("interrupted", 3, modelSeed: 99));
    }

    [Fact]
    public void A_part_has_at_least_one_sample()
    {
        var error = Assert.Throws<ArgumentException>(() => (Options with { MicroBatchSize = 0 }).Validate());
        Assert.Equal("MicroBatchSize is 0; it has to be at least 1.", error.Message);
    }

    private TrainingResult Fit(Module<Tensor, Tensor> model, int? size) => Trainer(Options with { MicroBatchSize = size }).Fit(model, data);

    private Dictionary<string, string> Run(string name, int? size, CancellationTokenSource? cancellation = null, int modelSeed = 3)
    {
        using var model = Model(modelSeed);
        var options = Options with { MicroBatchSize = size, Checkpoint = new() { Path = folder.File(name) } };
        ITrainingCallback[] callbacks = cancellation is null ? [] : [new Canceller(cancellation)];
        Trainer(options).Fit(model, data, callbacks, cancellationToken: cancellation?.Token ?? default);
        return Outcome(folder.File(name));
    }

    /// <summary>Nothing in it depends on the other samples of a batch, or on random numbers.</summary>
    private static Sequential Plain()
    {
        manual_seed(3).Dispose();
        return Sequential(Flatten(), Linear(36, 7), Tanh(), Linear(7, 2));
    }

    private sealed class StepCounter(Action<Batch> count) : TrainingCallback
    {
        public override void OnStepEnd(TrainingContext context) => count(context.Batch!);
    }

    private sealed class GradientNorm(List<double> norms) : TrainingCallback
    {
        public override void OnGradients(TrainingContext context)
        {
            using var scope = NewDisposeScope();
            norms.Add(Math.Sqrt(context.Model.parameters().Sum(p => p.grad!.square().sum().ToDouble())));
        }
    }

    private sealed class Canceller(CancellationTokenSource cancellation) : TrainingCallback
    {
        public override void OnStepEnd(TrainingContext context)
        {
            if (context.Step == StepsPerEpoch + 2)
                cancellation.Cancel();
        }
    }
}
