using StickGen.Training;

namespace StickGen.Pipelines;

/// <summary>What a plan is run on: all that is code rather than data.</summary>
/// <param name="Training">What is trained on; ranges are observed on it too.</param>
/// <param name="Loss">What training makes small.</param>
public sealed record PipelineData(IDataset Training, LossFunction Loss)
{
    /// <summary>What is measured on after each step; <see langword="null"/> for nothing.</summary>
    public IDataset? Validation { get; init; }

    /// <summary>What is measured.</summary>
    public Func<IReadOnlyList<Metric>> Metrics { get; init; } = static () => [new LossMetric()];

    /// <summary>What training images go through.</summary>
    public BatchTransform? Augmentation { get; init; }

    /// <summary>Progress bars, logs.</summary>
    public IReadOnlyList<ITrainingCallback> Callbacks { get; init; } = [];
}
