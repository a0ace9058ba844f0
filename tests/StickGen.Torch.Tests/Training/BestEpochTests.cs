using StickGen.Training;
using TorchSharp;
using static StickGen.Torch.Tests.Training.SmallTraining;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Training;

/// <summary>Early stopping and the best checkpoint, with validations whose results are written down beforehand.</summary>
public sealed class BestEpochTests : IDisposable
{
    private const string Score = "score";

    private readonly TemporaryFolder folder = new();
    private readonly InMemoryDataset data = Data(), validation = Data(seed: 6, samples: 7);

    public void Dispose()
    {
        data.Dispose();
        validation.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("5 4 3 2 1 0", MetricGoal.Minimize, 2, 0.0, 6, 5)]
    [InlineData("5 4 4 4 1 0", MetricGoal.Minimize, 2, 0.0, 4, 1)]
    [InlineData("5 4 6 3 6 6", MetricGoal.Minimize, 2, 0.0, 6, 3)]
    [InlineData("5 4.9 4.8 4.7 1 0", MetricGoal.Minimize, 2, 0.5, 3, 0)]
    [InlineData("5 6 7 7 7 8", MetricGoal.Maximize, 1, 0.0, 4, 2)]
    [InlineData("NaN NaN 1 2 3 4", MetricGoal.Minimize, 3, 0.0, 6, 2)]
    [InlineData("NaN NaN 1 2 3 4", MetricGoal.Minimize, 1, 0.0, 1, -1)]
    public void Training_ends_after_the_patience_of_early_stopping(
        string scores, MetricGoal goal, int patience, double minimumChange, int epochs, int bestEpoch)
    {
        using var model = Model();
        var stopping = new EarlyStopping(patience, Score, goal, minimumChange);
        var result = Scripted(scores).Fit(model, data, [stopping], validation);
        Assert.Equal(epochs, result.History.Count);
        Assert.Equal(bestEpoch, stopping.BestEpoch);
        Assert.Equal(bestEpoch < 0 ? null : result.History[bestEpoch].Validation![Score], stopping.BestMetric);
    }

    [Fact]
    public void Patience_goes_on_counting_when_a_run_resumes()
    {
        const string Scores = "5 4 6 6 6 6";
        using var model = Model();
        var checkpoint = new CheckpointOptions { Path = folder.File("run") };
        using (var cancellation = new CancellationTokenSource())
        {
            Assert.ThrowsAny<OperationCanceledException>(() => Scripted(Scores, checkpoint).Fit(
                model, data, [new EarlyStopping(3, Score), new AfterEpoch(3, cancellation.Cancel)], validation, cancellation.Token));
        }

        var stopping = new EarlyStopping(3, Score);
        var result = Scripted("6 6 6", checkpoint).Fit(model, data, [stopping], validation);
        Assert.Equal(5, result.History.Count);
        Assert.Equal((1, 4.0), (stopping.BestEpoch, stopping.BestMetric));
    }

    [Fact]
    public void The_best_epoch_is_kept_and_comes_back()
    {
        using var model = Model();
        var best = new BestCheckpoint(folder.File("in/a/folder/best.dat"), Score, MetricGoal.Maximize);
        var after = new List<string>();
        Scripted("1 3 2 3 0 1").Fit(model, data, [best, new AfterEpoch(null, () => after.Add(Bits(model)))], validation);

        Assert.Equal((1, 3.0), (best.BestEpoch, best.BestMetric));
        Assert.NotEqual(after[1], Bits(model));
        best.Restore(model);
        Assert.Equal(after[1], Bits(model));
        Assert.Equal(["best.dat"], Directory.GetFiles(folder.File("in/a/folder")).Select(Path.GetFileName));
    }

    [Fact]
    public void A_resumed_run_keeps_the_same_best_epoch()
    {
        var expected = new BestCheckpoint(folder.File("expected.dat"));
        Run(expected, "uninterrupted", cancelAfter: null, modelSeed: 3);

        Run(new(folder.File("actual.dat")), "interrupted", cancelAfter: 2, modelSeed: 3);
        var actual = new BestCheckpoint(folder.File("actual.dat"));
        Run(actual, "interrupted", cancelAfter: null, modelSeed: 99);

        Assert.Equal((expected.BestEpoch, expected.BestMetric), (actual.BestEpoch, actual.BestMetric));
        Assert.Equal(File.ReadAllBytes(expected.Path), File.ReadAllBytes(actual.Path));
        Assert.Equal(Outcome(folder.File("uninterrupted")), Outcome(folder.File("interrupted")));
    }

    [Fact]
    public void A_best_epoch_that_is_gone_is_noticed_when_the_run_resumes()
    {
        Run(new(folder.File("best.dat")), "run", cancelAfter: 2, modelSeed: 3);
        File.Delete(folder.File("best.dat"));
        var error = Assert.Throws<CheckpointException>(() => Run(new(folder.File("best.dat")), "run", cancelAfter: null, modelSeed: 3));
        Assert.Contains("there is no such file", error.Message);
    }

    [Fact]
    public void Without_a_validated_epoch_there_is_nothing_to_restore()
    {
        using var model = Model();
        var best = new BestCheckpoint(folder.File("best.dat"), Score);
        Assert.Throws<InvalidOperationException>(() => best.Restore(model));
        Scripted("NaN").Fit(model, data, [best], validation);
        Assert.Throws<InvalidOperationException>(() => best.Restore(model));
    }

    [Fact]
    public void Each_run_has_a_best_epoch_of_its_own()
    {
        var (best, stopping) = (new BestCheckpoint(folder.File("best.dat"), Score), new EarlyStopping(2, Score));
        foreach (var (scores, epoch, epochs) in new[] { ("1 2 0 3 4 5", 2, 5), ("9 8 7 9 9 9", 2, 5), ("7 9 9 9 9 9", 0, 3) })
        {
            using var model = Model();
            var result = Scripted(scores).Fit(model, data, [best, stopping], validation);
            Assert.Equal(epochs, result.History.Count);
            Assert.Equal((epoch, epoch), (best.BestEpoch, stopping.BestEpoch));
            File.Delete(best.Path);
        }
    }

    [Fact]
    public void What_cannot_be_watched_fails_before_the_first_step()
    {
        using var model = Model();
        var before = Bits(model);
        foreach (ITrainingCallback callback in (ITrainingCallback[])[new EarlyStopping(1, "F1"), new BestCheckpoint(folder.File("best.dat"), "F1")])
        {
            var unknown = Assert.Throws<ArgumentException>(() => Trainer().Fit(model, data, [callback], validation));
            Assert.Contains("'F1', which is no metric of this run; there are: loss, accuracy.", unknown.Message);
            var none = Assert.Throws<ArgumentException>(() => Trainer().Fit(model, data, [callback]));
            Assert.Contains("this run has no validation data", none.Message);
        }

        Assert.Throws<ArgumentException>(() => new EarlyStopping(0));
        Assert.Throws<ArgumentException>(() => new EarlyStopping(1, minimumChange: -1));
        Assert.Throws<IOException>(() => Trainer().Fit(model, data, [new BestCheckpoint(Path.GetTempPath())], validation));
        Assert.Equal(before, Bits(model));
    }

    private void Run(BestCheckpoint best, string name, int? cancelAfter, int modelSeed)
    {
        using var model = Model(modelSeed);
        using var cancellation = new CancellationTokenSource();
        var trainer = Trainer(Options with { Epochs = 4, Checkpoint = new() { Path = folder.File(name) } });
        try
        {
            trainer.Fit(model, data, [best, new AfterEpoch(cancelAfter ?? -1, cancellation.Cancel)], validation, cancellation.Token);
            Assert.Null(cancelAfter);
        }
        catch (OperationCanceledException)
        {
            Assert.NotNull(cancelAfter);
        }
    }

    /// <summary>As many epochs as there are scores, one for each validation.</summary>
    private static Trainer Scripted(string scores, CheckpointOptions? checkpoint = null)
    {
        var script = scores.Split(' ').Select(double.Parse).ToArray();
        var next = -1;
        return Trainer(Options with { Epochs = 6, Checkpoint = checkpoint, Schedule = new ConstantSchedule() }) with
        {
            // The first one is for the training batches.
            Metrics = () => [new ScriptedMetric(next++ is var i and >= 0 && i < script.Length ? script[i] : double.NaN)],
        };
    }

    private static string Bits(nn.Module model) => string.Concat(model.state_dict().Values.Select(value => Convert.ToHexString(value.bytes)));

    private sealed class ScriptedMetric(double value) : Metric(Score)
    {
        public override double Value => value;

        public override double[] State { get; set; } = [];

        public override void Update(Tensor output, Batch batch, double loss)
        {
        }

        public override void Reset()
        {
        }
    }

    /// <summary>Acts after some epoch, or after each.</summary>
    private sealed class AfterEpoch(int? epochs, Action act) : TrainingCallback
    {
        public override void OnEpochEnd(TrainingContext context)
        {
            if (epochs is null || context.Epoch + 1 == epochs)
                act();
        }
    }
}
