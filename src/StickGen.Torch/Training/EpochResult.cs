namespace StickGen.Training;

/// <summary>What came out of one epoch.</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="Training">The metrics over the training batches, measured while the model changed.</param>
/// <param name="Validation">The metrics over the validation data after the epoch, if there are any.</param>
/// <param name="LearningRate">The learning rate of the last step.</param>
/// <param name="Seconds">
/// How long the epoch took, in seconds, without its validation. The only value that two equal runs do not share.
/// </param>
public sealed record EpochResult(int Epoch, MetricValues Training, MetricValues? Validation, double LearningRate, double Seconds);

/// <summary>What came out of a run.</summary>
/// <param name="History">The epochs, in order, with those before a resume.</param>
/// <param name="Steps">How many optimizer steps were made, with those before a resume.</param>
/// <param name="IsResumed">Whether the run continued from a checkpoint.</param>
public sealed record TrainingResult(IReadOnlyList<EpochResult> History, long Steps, bool IsResumed);
