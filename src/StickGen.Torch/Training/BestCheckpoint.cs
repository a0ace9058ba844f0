using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>
/// Keeps the model as it was after its best epoch: parameters and buffers, in TorchSharp's own format (<c>model.load(path)</c>). The
/// file appears complete or not at all, and a resumed run leaves the same one.
/// <code>
/// var best = new BestCheckpoint("best.dat", "accuracy", MetricGoal.Maximize);
/// trainer.Fit(model, training, [best], validation);
/// best.Restore(model);
/// </code>
/// </summary>
public sealed class BestCheckpoint : TrainingCallback, IResumableCallback
{
    private readonly BestValue best;

    /// <param name="path">The file. Its folder is created if need be.</param>
    /// <param name="metric">The name of a metric of the validation.</param>
    /// <param name="goal">Which of its values are better.</param>
    public BestCheckpoint(string path, string metric = "loss", MetricGoal goal = MetricGoal.Minimize)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        Path = System.IO.Path.GetFullPath(path);
        best = new(metric, goal, minimumChange: 0);
        StateName = $"best checkpoint by {metric}";
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The value that the kept model has; <see langword="null"/> before the first validation.</summary>
    public double? BestMetric => best.Value;

    /// <summary>The epoch that it is of, from 0; −1 before the first validation.</summary>
    public int BestEpoch => best.Epoch;

    /// <inheritdoc/>
    public string StateName { get; }

    /// <inheritdoc/>
    public JsonNode SaveState() => best.Save();

    /// <inheritdoc/>
    public void LoadState(JsonNode state) => best.Load(state);

    /// <inheritdoc/>
    public override void OnTrainingStart(TrainingContext context)
    {
        best.Begin(context, "the best checkpoint");
        WholeFile.CheckWritable(Path);
        if (best.Epoch >= 0 && !File.Exists(Path))
            throw new CheckpointException(Path, $"the run that continues kept the model of epoch {best.Epoch + 1} there, and now there is no such file.");
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingContext context)
    {
        if (best.Update(context))
            Save(context.Model);
    }

    /// <summary>Gives a model the parameters and buffers of the best epoch.</summary>
    /// <param name="model">The model that was trained, or another of the same classes and sizes.</param>
    /// <exception cref="InvalidOperationException">No epoch was validated yet, or none gave a number.</exception>
    public void Restore(nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (best.Epoch < 0)
            throw new InvalidOperationException("there is no best epoch yet: none was validated, or the metric was NaN in each.");
        model.load(Path);
    }

    private void Save(nn.Module model) => WholeFile.Write(Path, file =>
    {
        using var writer = new BinaryWriter(file, System.Text.Encoding.UTF8, leaveOpen: true);
        model.save(writer);
    });
}
