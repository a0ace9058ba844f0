using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>A number that is gathered batch by batch. Derive to measure something else.</summary>
/// <param name="name">The name in progress, history and reports, such as <c>accuracy</c>.</param>
public abstract class Metric(string name)
{
    /// <summary>The name in progress, history and reports.</summary>
    public string Name { get; } = name;

    /// <summary>The value over the batches since <see cref="Reset"/>; NaN if there were none.</summary>
    public abstract double Value { get; }

    /// <summary>
    /// All that <see cref="Value"/> and later updates depend on. It goes into checkpoints, so that a run which resumes within
    /// an epoch reports the metrics of the whole epoch.
    /// </summary>
    public abstract double[] State { get; set; }

    /// <summary>Takes a batch into account. No gradient is recorded.</summary>
    /// <param name="output">What the model returned.</param>
    /// <param name="batch">What it was given.</param>
    /// <param name="loss">The loss of the batch.</param>
    public abstract void Update(Tensor output, Batch batch, double loss);

    /// <summary>Forgets all batches.</summary>
    public abstract void Reset();

    internal static MetricValues ValuesOf(IReadOnlyList<Metric> metrics) =>
        new(metrics.Select(metric => KeyValuePair.Create(metric.Name, metric.Value)));
}
