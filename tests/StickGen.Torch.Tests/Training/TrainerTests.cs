using StickGen.Training;
using TorchSharp;
using TorchSharp.Modules;
using static StickGen.Torch.Tests.Training.SmallTraining;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly InMemoryDataset data = Data();

    public void Dispose()
    {
        data.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Training_makes_the_loss_smaller_and_the_model_better()
    {
        using var model = Model();
        var history = Trainer(Options with { Epochs = 12 }).Fit(model, data, validation: data).History;
        Assert.True(history[^1].Training["loss"] < history[0].Training["loss"] / 2);
        Assert.True(history[^1].Validation!["accuracy"] > 90);
    }

    [Fact]
    public void Two_runs_with_the_same_seed_are_equal_and_others_are_not()
    {
        Assert.Equal(Run("a", seed: 1), Run("b", seed: 1));
        Assert.NotEqual(Run("c", seed: 2)["model/linear.weight"], Run("d", seed: 3)["model/linear.weight"]);
    }

    [Fact]
    public async Task The_asynchronous_run_is_the_same_run()
    {
        using var model = Model();
        await Trainer(Options with { Checkpoint = new() { Path = folder.File("async") } }).FitAsync(model, data);
        Assert.Equal(Run("sync", Options.Seed), Outcome(folder.File("async")));
    }

    [Fact]
    public void Callbacks_are_called_in_their_order()
    {
        using var model = Model();
        var log = new List<string>();
        Trainer(Options with { Epochs = 2, BatchSize = 30 }).Fit(model, data, [new Recorder("a", log), new Recorder("b", log)]);

        string[] step = ["step start", "gradients", "step end"];
        string[] epoch = ["epoch start", .. step, .. step, "epoch end"];
        string[] run = ["training start", .. epoch, .. epoch, "training end"];
        Assert.Equal(run.SelectMany(moment => new[] { $"a {moment}", $"b {moment}" }), log);
    }

    [Fact]
    public void The_context_says_where_the_run_is()
    {
        using var model = Model();
        var seen = new List<string>();
        var watcher = new Watcher(context => seen.Add($"{context.Epoch} {context.StepInEpoch} {context.Step} {context.Batch!.Count}"));
        Trainer(Options with { Epochs = 2, BatchSize = 30 }).Fit(model, data, [watcher]);
        Assert.Equal(["0 0 0 30", "0 1 1 15", "1 0 2 30", "1 1 3 15"], seen);
    }

    [Fact]
    public void Training_end_is_reached_whatever_happens()
    {
        using var model = Model();
        var outcomes = new List<TrainingOutcome>();
        var end = new EndWatcher(outcomes);
        Trainer().Fit(model, data, [end]);
        Assert.Throws<InvalidProgramException>(() => Trainer().Fit(model, data, [new Watcher(_ => throw new InvalidProgramException()), end]));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Trainer().Fit(model, data, [end], cancellationToken: cancelled.Token));
        Assert.Equal([TrainingOutcome.Completed, TrainingOutcome.Failed, TrainingOutcome.Cancelled], outcomes);
    }

    [Fact]
    public void An_incomplete_batch_can_be_left_out()
    {
        using var model = Model();
        Assert.Equal(5, Trainer(Options with { Epochs = 1, DropLast = true }).Fit(model, data).Steps);
    }

    [Fact]
    public void Gradients_are_clipped_to_a_norm()
    {
        using var model = Model();
        var norms = new List<double>();
        var watcher = new GradientWatcher(norms);
        Trainer(Options with { GradientClipNorm = 0.01 }).Fit(model, data, [watcher]);
        Assert.NotEmpty(norms);
        Assert.All(norms, norm => Assert.InRange(norm, 0, 0.0101));
    }

    [Fact]
    public void A_model_may_have_several_inputs()
    {
        using var left = torch.randn(20, 4);
        using var right = torch.randn(20, 4);
        using var pairs = new InMemoryDataset([left.clone(), right.clone()], (left - right).sum(1, keepdim: true));
        using var model = new Difference();
        var trainer = new Trainer(Options with { Epochs = 100 }, Losses.MeanSquaredError, parameters => torch.optim.Adam(parameters, 0.05));
        trainer.Fit(model, batch => model.call(batch.Inputs[0], batch.Inputs[1]), pairs);
        Assert.True(trainer.Evaluate(model, batch => model.call(batch.Inputs[0], batch.Inputs[1]), pairs)["loss"] < 0.01);
    }

    [Fact]
    public void Evaluation_is_in_evaluation_mode_and_puts_the_mode_back()
    {
        using var model = Model();
        model.train();
        var before = model.state_dict().ToDictionary(p => p.Key, p => p.Value.clone());
        var first = Trainer().Evaluate(model, data);
        Assert.Equal(first, Trainer().Evaluate(model, data));
        Assert.True(model.training);
        Assert.All(model.state_dict(), p => Assert.True(p.Value.Equals(before[p.Key])));
    }

    [Fact]
    public void A_layer_that_was_frozen_by_eval_stays_frozen_after_an_evaluation()
    {
        using var model = Model();
        model.train();
        var norm = model.named_children().Single(child => child.name == "norm").module;
        norm.eval();
        Trainer().Evaluate(model, data);
        Assert.Equal((true, false), (model.training, norm.training));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_loss_that_is_not_finite_ends_the_run_before_the_parameters_and_the_checkpoint_are_lost(double bad)
    {
        using var model = Model();
        var checkpoint = folder.File("checkpoint");
        var step = 0;
        var trainer = Trainer(Options with { Checkpoint = new() { Path = checkpoint, EverySteps = 1 } });
        trainer = trainer with { Loss = (output, batch) => Losses.CrossEntropy(output, batch) * (step++ == 8 ? bad : 1) };
        var e = Assert.Throws<NotFiniteNumberException>(() => trainer.Fit(model, data));
        Assert.Contains("in step 3 of epoch 2", e.Message);
        Assert.Contains("GradientClipNorm", e.Message);
        Assert.All(model.parameters(), parameter => Assert.True(parameter.isfinite().all().item<bool>()));
        using var saved = new CheckpointReader(checkpoint);
        Assert.Equal((1, 2), (saved.State.Epoch, saved.State.StepInEpoch));
    }

    /// <summary>The loss is finite and its gradient is not: √0.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(1.0)]
    public void Gradients_that_are_not_finite_do_not_reach_the_checkpoint(double? clip)
    {
        using var model = Model();
        var checkpoint = folder.File("checkpoint");
        var step = 0;
        var trainer = Trainer(Options with { Checkpoint = new() { Path = checkpoint, EverySteps = 1 }, GradientClipNorm = clip });
        trainer = trainer with
        {
            Loss = (output, batch) => step++ == 8 ? Losses.CrossEntropy(output, batch) + (output * 0).sum().sqrt() : Losses.CrossEntropy(output, batch),
        };
        var e = Assert.Throws<NotFiniteNumberException>(() => trainer.Fit(model, data));
        Assert.Contains(clip is null ? "the parameter 'conv.weight' is not finite" : "the norm of the gradients is NaN", e.Message);
        Assert.Contains("of epoch 2", e.Message);
        using var saved = new CheckpointReader(checkpoint);
        Assert.Equal((1, 2), (saved.State.Epoch, saved.State.StepInEpoch));
        using var restored = Model(seed: 9);
        saved.Read("model/conv.weight", restored.parameters().First());
        Assert.True(restored.parameters().First().isfinite().all().item<bool>());
    }

    [Fact]
    public void A_layer_that_was_frozen_by_eval_stays_frozen_in_training()
    {
        using var model = Model();
        model.train();
        var norm = model.named_children().Single(child => child.name == "norm").module;
        norm.eval();
        var before = norm.get_buffer("running_mean")!.clone();
        Trainer().Fit(model, data, validation: data);
        Assert.Equal(before.ToArray(), norm.get_buffer("running_mean")!.ToArray());

        // A model that is not in training mode is brought into it as a whole.
        model.eval();
        Trainer().Fit(model, data);
        Assert.NotEqual(before.ToArray(), norm.get_buffer("running_mean")!.ToArray());
    }

    [Fact]
    public void An_evaluation_refuses_options_that_are_out_of_range()
    {
        using var model = Model();
        var e = Assert.Throws<ArgumentException>(() => Trainer(Options with { EvaluationBatchSize = 0 }).Evaluate(model, data));
        Assert.Contains("EvaluationBatchSize", e.Message);
    }

    [Fact]
    public void A_loss_of_several_numbers_is_named()
    {
        using var model = Model();
        var trainer = Trainer() with { Loss = (output, _) => output };
        Assert.Contains("the loss has the shape [8, 2]", Assert.Throws<ArgumentException>(() => trainer.Fit(model, data)).Message);
    }

    [Fact]
    public void All_callbacks_learn_of_the_end_and_what_ended_the_run_is_thrown()
    {
        using var model = Model();
        var outcomes = new List<TrainingOutcome>();
        ITrainingCallback[] callbacks =
        [
            new Watcher(_ => throw new InvalidProgramException()), new Broken(), new EndWatcher(outcomes),
        ];
        Assert.Throws<InvalidProgramException>(() => Trainer().Fit(model, data, callbacks));
        Assert.Throws<NotSupportedException>(() => Trainer().Fit(model, data, callbacks[1..]));
        Assert.Equal([TrainingOutcome.Failed, TrainingOutcome.Completed], outcomes);
    }

    [Fact]
    public void Evaluation_does_not_depend_on_its_batch_size()
    {
        using var model = Model();
        Assert.Equal(
            Trainer(Options with { EvaluationBatchSize = 1 }).Evaluate(model, data)["accuracy"],
            Trainer(Options with { EvaluationBatchSize = 1000 }).Evaluate(model, data)["accuracy"]);
    }

    [Fact]
    public void Memory_stays_flat()
    {
        // The count is the process's: what other tests left behind must not be finalized meanwhile.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var model = Model();
        var alive = new List<long>();
        Trainer(Options with { Epochs = 5 }).Fit(model, data, [new EpochWatcher(_ => alive.Add(Tensor.TotalCount))], data);
        Assert.Single(alive.Skip(1).Distinct());
    }

    [Fact]
    public void Unusable_options_are_named()
    {
        Refuses("Epochs is 0; it has to be at least 1", Options with { Epochs = 0 });
        Refuses("BatchSize is -1; it has to be at least 1", Options with { BatchSize = -1 });
        Refuses("GradientClipNorm is 0; it has to be greater than 0", Options with { GradientClipNorm = 0 });
        Refuses("FinalFactor is 1.5; it has to be from 0 to 1", Options with { Schedule = new CosineSchedule(FinalFactor: 1.5) });
        Refuses("EverySteps is 0; it has to be at least 1", Options with { Checkpoint = new() { Path = "x", EverySteps = 0 } });
        Refuses("45 training samples do not make an epoch of batches of 50", Options with { BatchSize = 50, DropLast = true });

        void Refuses(string message, TrainingOptions options)
        {
            using var model = Model();
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => Trainer(options).Fit(model, data)).Message);
        }
    }

    [Fact]
    public void A_model_without_parameters_is_named()
    {
        using var model = new Unregistered();
        var e = Assert.Throws<ArgumentException>(() => Trainer().Fit(model, data));
        Assert.Contains("the model Unregistered has no parameters that require gradients. Does its constructor call RegisterComponents()?", e.Message);
    }

    private Dictionary<string, string> Run(string name, long seed)
    {
        using var model = Model();
        Trainer(Options with { Seed = seed, Checkpoint = new() { Path = folder.File(name) } }).Fit(model, data);
        return Outcome(folder.File(name));
    }

    private sealed class Recorder(string name, List<string> log) : ITrainingCallback
    {
        public void OnTrainingStart(TrainingContext context) => log.Add($"{name} training start");

        public void OnEpochStart(TrainingContext context) => log.Add($"{name} epoch start");

        public void OnStepStart(TrainingContext context) => log.Add($"{name} step start");

        public void OnGradients(TrainingContext context) => log.Add($"{name} gradients");

        public void OnStepEnd(TrainingContext context) => log.Add($"{name} step end");

        public void OnEpochEnd(TrainingContext context) => log.Add($"{name} epoch end");

        public void OnTrainingEnd(TrainingContext context) => log.Add($"{name} training end");
    }

    private sealed class Watcher(Action<TrainingContext> watch) : TrainingCallback
    {
        public override void OnStepStart(TrainingContext context) => watch(context);
    }

    private sealed class EpochWatcher(Action<TrainingContext> watch) : TrainingCallback
    {
        public override void OnEpochEnd(TrainingContext context) => watch(context);
    }

    private sealed class EndWatcher(List<TrainingOutcome> outcomes) : TrainingCallback
    {
        public override void OnTrainingEnd(TrainingContext context) => outcomes.Add(context.Outcome);
    }

    private sealed class Broken : TrainingCallback
    {
        public override void OnTrainingEnd(TrainingContext context) => throw new NotSupportedException();
    }

    private sealed class GradientWatcher(List<double> norms) : TrainingCallback
    {
        public override void OnGradients(TrainingContext context) =>
            norms.Add(Math.Sqrt(context.Model.parameters().Sum(p => (double)p.grad!.pow(2).sum().item<float>())));
    }

    private sealed class Difference : nn.Module<Tensor, Tensor, Tensor>
    {
        private readonly Linear left = nn.Linear(4, 1), right = nn.Linear(4, 1);

        public Difference()
            : base(nameof(Difference)) => RegisterComponents();

        public override Tensor forward(Tensor x, Tensor y) => left.forward(x) + right.forward(y);
    }

    private sealed class Unregistered() : nn.Module<Tensor, Tensor>(nameof(Unregistered))
    {
        private readonly Linear linear = nn.Linear(36, 2);

        public override Tensor forward(Tensor x) => linear.forward(x.flatten(1));
    }
}
