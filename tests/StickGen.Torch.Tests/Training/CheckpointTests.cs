using StickGen.Training;
using TorchSharp;
using static StickGen.Torch.Tests.Training.SmallTraining;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Training;

/// <summary>What cannot be continued is refused with the reason, and before the model changes.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly InMemoryDataset data = Data();
    private readonly string path;
    private readonly byte[] intact;

    public CheckpointTests()
    {
        path = folder.File("run.checkpoint");
        using var model = Model();
        Fit(model, Options);
        intact = File.ReadAllBytes(path);
    }

    public void Dispose()
    {
        data.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void No_other_file_is_left_beside_a_checkpoint() =>
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));

    [Fact]
    public void A_truncated_checkpoint_is_refused()
    {
        var lengths = new[] { 8, 9, 15, 16, 17, 100, 1000, intact.Length / 2, intact.Length - 33, intact.Length - 32, intact.Length - 1 };
        foreach (var length in lengths)
        {
            File.WriteAllBytes(path, intact[..length]);
            var e = Refused(Options);
            Assert.Contains($"it was cut off; only {length} bytes are left", e.Message);
            Assert.Contains(path, e.Message);
        }
    }

    [Fact]
    public void A_changed_byte_is_noticed_wherever_it_is()
    {
        for (var position = 8; position < intact.Length; position += 97)
        {
            var damaged = (byte[])intact.Clone();
            damaged[position] ^= 0x10;
            File.WriteAllBytes(path, damaged);
            Assert.Matches("it is damaged|it was cut off", Refused(Options).Message);
        }
    }

    [Fact]
    public void A_longer_file_is_refused()
    {
        File.WriteAllBytes(path, [.. intact, 0]);
        Assert.Contains("it is damaged; 1 bytes follow its end", Refused(Options).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("SGTRAIN")]
    [InlineData("This is a letter to a friend, and no checkpoint.")]
    public void A_foreign_file_is_refused(string content)
    {
        File.WriteAllText(path, content);
        Assert.Contains("it is not a checkpoint of StickGen's trainer", Refused(Options).Message);
    }

    [Fact]
    public void Another_format_version_is_named()
    {
        intact[7] = (byte)'7';
        File.WriteAllBytes(path, intact);
        Assert.Contains("it has format version '7'; this version of StickGen reads '1'", Refused(Options).Message);
    }

    [Fact]
    public void A_checkpoint_of_other_options_is_refused()
    {
        Assert.Contains("its Seed is 11, and that of this run is 12", Refused(Options with { Seed = 12 }).Message);
        Assert.Contains("its BatchSize is 8, and that of this run is 9", Refused(Options with { BatchSize = 9 }).Message);
        Assert.Contains("its Shuffle is True, and that of this run is False", Refused(Options with { Shuffle = false }).Message);
        Assert.Contains("its DropLast is False, and that of this run is True", Refused(Options with { DropLast = true }).Message);
    }

    [Fact]
    public void A_checkpoint_of_other_data_is_refused()
    {
        using var other = Data(samples: 46);
        Assert.Contains("its number of training samples is 45, and that of this run is 46", Refused(Options, other: other).Message);
    }

    [Fact]
    public void A_checkpoint_of_another_optimizer_is_refused() =>
        Assert.Contains(
            "its optimizer is SGD, and that of this run is Adam",
            Refused(Options, optimizer: parameters => torch.optim.Adam(parameters)).Message);

    [Fact]
    public void A_checkpoint_of_other_metrics_is_refused()
    {
        using var model = Model();
        var trainer = Trainer(WithCheckpoint(Options)) with { Metrics = () => [new LossMetric()] };
        var e = Assert.Throws<CheckpointException>(() => trainer.Fit(model, data));
        Assert.Contains("its metrics are [loss, accuracy], and those of this run are [loss]", e.Message);
    }

    [Fact]
    public void A_checkpoint_of_another_model_is_refused()
    {
        using var wider = nn.Sequential(("flatten", nn.Flatten()), ("linear", nn.Linear(36, 2)));
        var e = Assert.Throws<CheckpointException>(() => Trainer(WithCheckpoint(Options)).Fit(wider, data));
        Assert.Contains("it is of another model: its 'linear.weight' is Float32[2, 48], and that of this model is Float32[2, 36]", e.Message);

        using var other = nn.Sequential(("flatten", nn.Flatten()), ("fc", nn.Linear(36, 2)));
        e = Assert.Throws<CheckpointException>(() => Trainer(WithCheckpoint(Options)).Fit(other, data));
        Assert.Contains("it is of another model: it has no 'fc.weight'", e.Message);
    }

    [Fact]
    public void A_missing_checkpoint_is_an_error_where_one_is_required()
    {
        File.Delete(path);
        using var model = Model();
        var e = Assert.Throws<CheckpointException>(() =>
            Trainer(Options with { Checkpoint = new() { Path = path, Resume = ResumeMode.Required } }).Fit(model, data));
        Assert.Contains("there is no such file", e.Message);
    }

    [Fact]
    public void An_optimizer_whose_state_cannot_be_saved_is_refused_at_the_start()
    {
        using var model = Model();
        var trainer = Trainer(WithCheckpoint(Options), parameters => torch.optim.LBFGS(parameters.Select(p => p.parameter)));
        Assert.Contains("the state of LBFGS cannot be saved", Assert.Throws<ArgumentException>(() => trainer.Fit(model, data)).Message);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_is_refused_before_the_first_step()
    {
        using var model = Model();
        var steps = 0;
        var trainer = Trainer(Options with { Checkpoint = new() { Path = Path.GetDirectoryName(path)! } });
        trainer = trainer with { Loss = (output, batch) => Losses.CrossEntropy(output, batch) * ++steps };
        Assert.Contains("which is a folder", Assert.Throws<IOException>(() => trainer.Fit(model, data)).Message);
        Assert.Equal(0, steps);
    }

    [Fact]
    public void Metrics_of_one_name_are_refused_before_the_first_step()
    {
        using var model = Model();
        var trainer = Trainer(WithCheckpoint(Options)) with { Metrics = () => [new LossMetric(), new LossMetric()] };
        Assert.Contains("2 metrics are named 'loss'", Assert.Throws<ArgumentException>(() => trainer.Fit(model, data)).Message);
    }

    private CheckpointException Refused(TrainingOptions options, OptimizerFactory? optimizer = null, IDataset? other = null)
    {
        using var model = Model(seed: 4);
        var before = model.state_dict().ToDictionary(p => p.Key, p => p.Value.clone());
        var e = Assert.Throws<CheckpointException>(() => Trainer(WithCheckpoint(options), optimizer).Fit(model, other ?? data));
        Assert.All(model.state_dict(), p => Assert.True(p.Value.Equals(before[p.Key]), $"{p.Key} has changed"));
        return e;
    }

    private void Fit(SmallModel model, TrainingOptions options) => Trainer(WithCheckpoint(options)).Fit(model, data);

    private TrainingOptions WithCheckpoint(TrainingOptions options) => options with { Checkpoint = new() { Path = path } };
}
