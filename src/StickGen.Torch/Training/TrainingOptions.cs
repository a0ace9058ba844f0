namespace StickGen.Training;

/// <summary>How a model is trained.</summary>
public sealed record TrainingOptions
{
    /// <summary>How often each sample is seen; at least 1.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Samples per step; at least 1.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>
    /// Gradient accumulation: samples per forward and backward pass, at least 1. A larger batch goes through the model in parts, whose
    /// gradients add up to that of the mean loss of the whole batch before the optimizer's one step: less memory, the same steps.
    /// Batch normalization and quantizers see the parts: statistics, moving averages and first ranges are theirs, and options that count
    /// forwards (FreezeBatchNormAfter, QuantDelay) count them. <see langword="null"/>: the whole batch at once.
    /// </summary>
    public int? MicroBatchSize { get; init; }

    /// <summary>Samples per step of an evaluation, which needs less memory per sample; at least 1.</summary>
    public int EvaluationBatchSize { get; init; } = 500;

    /// <summary>
    /// Decides on the order of the data, the augmentation and all random draws of the model in training (dropout). The
    /// initial weights are drawn when the model is created: call <c>torch.manual_seed</c> before.
    /// </summary>
    public long Seed { get; init; }

    /// <summary>Whether each epoch has an order of its own; otherwise samples come as they are stored.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Whether an incomplete last batch of an epoch is left out.</summary>
    public bool DropLast { get; init; }

    /// <summary>The learning rate over the run; by default what the optimizer was created with.</summary>
    public LearningRateSchedule Schedule { get; init; } = new ConstantSchedule();

    /// <summary>
    /// The largest norm of all gradients together; larger ones are scaled down to it. <see langword="null"/>: no limit.
    /// </summary>
    public double? GradientClipNorm { get; init; }

    /// <summary>Where the state of the run is kept, so that it can be continued; <see langword="null"/>: nowhere.</summary>
    public CheckpointOptions? Checkpoint { get; init; }

    /// <summary>Fails if an option is out of its range.</summary>
    /// <exception cref="ArgumentException">The message names the option, its value and what is allowed.</exception>
    public void Validate()
    {
        Require.AtLeast(1, Epochs);
        Require.AtLeast(1, BatchSize);
        if (MicroBatchSize is { } size)
            Require.AtLeast(1, size, nameof(MicroBatchSize));
        Require.AtLeast(1, EvaluationBatchSize);
        if (GradientClipNorm is { } norm)
            Require.Positive(norm, nameof(GradientClipNorm));
        Schedule.Validate();
        Checkpoint?.Validate();
    }
}
