using System.Text.Json.Nodes;
using StickGen.Training;
using TorchSharp;
using static StickGen.Torch.Tests.Training.SmallTraining;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Training;

public sealed class ResumeTests : IDisposable
{
    private static readonly Dictionary<string, OptimizerFactory> Optimizers = new()
    {
        ["SGD"] = p => torch.optim.SGD(p, 0.1),
        ["SGD with momentum"] = p => torch.optim.SGD(p, 0.1, momentum: 0.9, weight_decay: 1e-3, nesterov: true),
        ["Adam"] = p => torch.optim.Adam(p, 0.01),
        ["Adam, AMSGrad"] = p => torch.optim.Adam(p, 0.01, amsgrad: true, weight_decay: 1e-3),
        ["AdamW"] = p => torch.optim.AdamW(p, 0.01),
        ["AdamW, AMSGrad"] = p => torch.optim.AdamW(p, 0.01, amsgrad: true),
        ["Adamax"] = p => torch.optim.Adamax(p, 0.01),
        ["NAdam"] = p => torch.optim.NAdam(p, 0.01),
        ["RAdam"] = p => torch.optim.RAdam(p, 0.01),
        ["RMSProp"] = p => torch.optim.RMSProp(p, 0.01, momentum: 0.5, centered: true),
        ["Adagrad"] = p => torch.optim.Adagrad(p, 0.01),
        ["Adadelta"] = p => torch.optim.Adadelta(p, 0.1),
        ["ASGD"] = p => torch.optim.ASGD(p, 0.01),
        ["Rprop"] = p => torch.optim.Rprop(p, 0.01),
    };

    private readonly TemporaryFolder folder = new();
    private readonly InMemoryDataset data = Data(), validation = Data(seed: 6, samples: 20);

    public static TheoryData<string> OptimizerNames => [.. Optimizers.Keys];

    public void Dispose()
    {
        data.Dispose();
        validation.Dispose();
        folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(OptimizerNames))]
    public void A_run_cancelled_in_the_middle_of_an_epoch_ends_as_if_it_had_not_been(string optimizer)
    {
        var expected = Uninterrupted(Optimizers[optimizer]);

        Interrupted(after: StepsPerEpoch + 2, Optimizers[optimizer]);
        var resumed = Run("interrupted", Optimizers[optimizer]);

        Assert.True(resumed.IsResumed);
        Assert.Equal(Epochs * StepsPerEpoch, resumed.Steps);
        Assert.Equal(expected, Outcome(folder.File("interrupted")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(StepsPerEpoch - 1)]
    [InlineData(StepsPerEpoch)]
    [InlineData(StepsPerEpoch + 1)]
    [InlineData((Epochs * StepsPerEpoch) - 1)]
    public void It_does_not_matter_when_a_run_is_cancelled(int step)
    {
        var expected = Uninterrupted();
        Interrupted(after: step);
        Run("interrupted");
        Assert.Equal(expected, Outcome(folder.File("interrupted")));
    }

    [Fact]
    public void A_run_can_be_interrupted_at_every_step()
    {
        var expected = Uninterrupted();
        for (var step = 1; step < Epochs * StepsPerEpoch; step++)
            Interrupted(after: step);
        Run("interrupted");
        Assert.Equal(expected, Outcome(folder.File("interrupted")));
    }

    [Fact]
    public void A_run_that_died_continues_from_its_last_checkpoint()
    {
        var expected = Uninterrupted();
        Assert.Throws<InvalidProgramException>(() =>
            Run("killed", everySteps: 2, callback: new Breaker(StepsPerEpoch + 3, () => throw new InvalidProgramException())));
        using (var file = new CheckpointReader(folder.File("killed")))
            Assert.Equal((1, 2), (file.State.Epoch, file.State.StepInEpoch));
        Run("killed", everySteps: 2);
        Assert.Equal(expected, Outcome(folder.File("killed")));
    }

    [Fact]
    public void A_run_cancelled_during_its_validation_validates_when_it_resumes()
    {
        var expected = Uninterrupted();
        using var cancellation = new CancellationTokenSource();
        using var model = Model();
        var trainer = Trainer(Options with { Checkpoint = new() { Path = folder.File("interrupted") } });
        Assert.ThrowsAny<OperationCanceledException>(() =>
            trainer.Fit(model, data, validation: new CancellingDataset(validation, cancellation), cancellationToken: cancellation.Token));

        using (var file = new CheckpointReader(folder.File("interrupted")))
            Assert.Equal((0, StepsPerEpoch), (file.State.Epoch, file.State.StepInEpoch));
        Run("interrupted");
        Assert.Equal(expected, Outcome(folder.File("interrupted")));
    }

    [Fact]
    public void A_finished_run_is_not_repeated_and_can_be_made_longer()
    {
        var constant = Options with { Schedule = new ConstantSchedule() };
        using var model = Model();
        using var other = Model();
        Fit(other, constant with { Epochs = 2 }, "longer");

        var again = Fit(other, constant with { Epochs = 2 }, "longer");
        Assert.Equal(2, again.History.Count);
        Assert.True(again.IsResumed);

        Fit(other, constant with { Epochs = 3 }, "longer");
        Fit(model, constant with { Epochs = 3 }, "at once");
        Assert.Equal(Outcome(folder.File("at once")), Outcome(folder.File("longer")));

        TrainingResult Fit(SmallModel m, TrainingOptions options, string name) =>
            Trainer(options with { Checkpoint = new() { Path = folder.File(name) } }).Fit(m, data);
    }

    [Fact]
    public void A_run_that_was_stopped_early_stays_stopped()
    {
        Assert.Single(Run("stopped", callback: new Stopper()).History);
        Assert.Single(Run("stopped", callback: new Stopper()).History);
    }

    [Fact]
    public void Callbacks_find_their_state_again()
    {
        var counter = new Counter();
        Interrupted(after: 4, callback: counter);
        Assert.Equal(4, counter.Steps);

        var resumed = new Counter();
        Run("interrupted", callback: resumed);
        Assert.Equal(Epochs * StepsPerEpoch, resumed.Steps);
    }

    [Fact]
    public void What_a_callback_draws_when_a_run_resumes_does_not_change_it()
    {
        var expected = Uninterrupted();
        Interrupted(after: 4);
        Run("interrupted", callback: new Drawer());
        Assert.Equal(expected, Outcome(folder.File("interrupted")));
    }

    [Theory]
    [InlineData(StepsPerEpoch - 1)]
    [InlineData(StepsPerEpoch)]
    [InlineData(StepsPerEpoch + 1)]
    public void What_a_callback_draws_at_the_start_of_each_epoch_is_the_same_in_a_resumed_run(int step)
    {
        Run("uninterrupted", callback: new EpochDrawer());
        Interrupted(after: step, callback: new EpochDrawer());
        Run("interrupted", callback: new EpochDrawer());
        Assert.Equal(Outcome(folder.File("uninterrupted")), Outcome(folder.File("interrupted")));
    }

    [Fact]
    public void An_early_end_that_was_asked_for_within_an_epoch_is_not_forgotten()
    {
        var (step, killed) = (StepsPerEpoch + 2, StepsPerEpoch + 4);
        Run("uninterrupted", callback: new StopperAt(step));
        Assert.Throws<InvalidProgramException>(() =>
            Run("killed", everySteps: 3, callback: new StopperAt(step), breaker: new(killed, () => throw new InvalidProgramException())));
        Assert.Equal(2, Run("killed", everySteps: 3, callback: new StopperAt(-1)).History.Count);
        Assert.Equal(Outcome(folder.File("uninterrupted")), Outcome(folder.File("killed")));
        Assert.Equal(2, Run("killed", callback: new StopperAt(-1)).History.Count);
    }

    [Fact]
    public void A_checkpoint_is_ignored_where_that_is_asked_for()
    {
        var expected = Uninterrupted();
        Interrupted(after: 4);
        Assert.False(Run("interrupted", resume: ResumeMode.Never).IsResumed);
        Assert.Equal(expected, Outcome(folder.File("interrupted")));
    }

    private Dictionary<string, string> Uninterrupted(OptimizerFactory? optimizer = null)
    {
        Assert.False(Run("uninterrupted", optimizer).IsResumed);
        return Outcome(folder.File("uninterrupted"));
    }

    private void Interrupted(int after, OptimizerFactory? optimizer = null, ITrainingCallback? callback = null)
    {
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            Run("interrupted", optimizer, callback, breaker: new(after, cancellation.Cancel), cancellationToken: cancellation.Token));
    }

    private TrainingResult Run(
        string name,
        OptimizerFactory? optimizer = null,
        ITrainingCallback? callback = null,
        Breaker? breaker = null,
        int? everySteps = null,
        ResumeMode resume = ResumeMode.IfPresent,
        CancellationToken cancellationToken = default)
    {
        // A resumed run begins in another process, where the model has other weights and the generator another state.
        using var model = Model(seed: File.Exists(folder.File(name)) && resume != ResumeMode.Never ? 99 : 3);
        var options = Options with { Checkpoint = new() { Path = folder.File(name), EverySteps = everySteps, Resume = resume } };
        ITrainingCallback?[] callbacks = [callback, breaker];
        return Trainer(options, optimizer).Fit(model, data, callbacks.OfType<ITrainingCallback>(), validation, cancellationToken);
    }

    private sealed class EpochDrawer : TrainingCallback
    {
        public override void OnEpochStart(TrainingContext context)
        {
            using var noise = randn_like(context.Model.parameters().First()).mul_(0.01);
            using var noGrad = no_grad();
            // Only where an epoch begins, so that a run that resumes within one does not do it again.
            if (context.StepInEpoch == 0)
                context.Model.parameters().First().add_(noise);
        }
    }

    private sealed class StopperAt(int step) : TrainingCallback
    {
        public override void OnStepEnd(TrainingContext context)
        {
            if (context.Step == step)
                context.RequestStop();
        }
    }

    private sealed class Breaker(long step, Action act) : TrainingCallback
    {
        public override void OnStepEnd(TrainingContext context)
        {
            if (context.Step == step)
                act();
        }
    }

    private sealed class Stopper : TrainingCallback
    {
        public override void OnStepEnd(TrainingContext context) => context.RequestStop();
    }

    private sealed class Counter : TrainingCallback, IResumableCallback
    {
        public int Steps { get; private set; }

        public string StateName => "counter";

        public JsonNode SaveState() => Steps;

        public void LoadState(JsonNode state) => Steps = (int)state;

        public override void OnStepEnd(TrainingContext context) => Steps++;
    }

    private sealed class Drawer : TrainingCallback
    {
        public override void OnTrainingStart(TrainingContext context) => torch.rand(3).Dispose();
    }

    private sealed class CancellingDataset(IDataset inner, CancellationTokenSource cancellation) : IDataset
    {
        public long Count => inner.Count;

        public Batch GetBatch(ReadOnlySpan<long> indices)
        {
            cancellation.Cancel();
            return inner.GetBatch(indices);
        }
    }
}
