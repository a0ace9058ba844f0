using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>What callbacks see of a training run. One object for the whole run; its values change.</summary>
public sealed class TrainingContext
{
    private readonly IReadOnlyList<Metric> metrics;

    internal TrainingContext(
        nn.Module model,
        optim.Optimizer optimizer,
        TrainingOptions options,
        int stepsPerEpoch,
        IReadOnlyList<Metric> metrics,
        IReadOnlyList<EpochResult> history,
        bool hasValidation,
        bool isResumed)
    {
        Model = model;
        Optimizer = optimizer;
        Options = options;
        StepsPerEpoch = stepsPerEpoch;
        this.metrics = metrics;
        History = history;
        HasValidation = hasValidation;
        IsResumed = isResumed;
    }

    /// <summary>The model in training.</summary>
    public nn.Module Model { get; }

    /// <summary>The optimizer of the model's parameters.</summary>
    public optim.Optimizer Optimizer { get; }

    /// <summary>How the run is set up.</summary>
    public TrainingOptions Options { get; }

    /// <summary>Optimizer steps in one epoch.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Optimizer steps in the whole run.</summary>
    public long TotalSteps => (long)StepsPerEpoch * Options.Epochs;

    /// <summary>Whether each epoch ends with a validation.</summary>
    public bool HasValidation { get; }

    /// <summary>Whether the run continues from a checkpoint.</summary>
    public bool IsResumed { get; }

    /// <summary>The current epoch, from 0.</summary>
    public int Epoch { get; internal set; }

    /// <summary>Finished steps of the current epoch: during a step, its index from 0.</summary>
    public int StepInEpoch { get; internal set; }

    /// <summary>Finished steps of the run: during a step, its index from 0.</summary>
    public long Step => ((long)Epoch * StepsPerEpoch) + StepInEpoch;

    /// <summary>
    /// The current batch, between step start and step end, already augmented; <see langword="null"/> otherwise. Its tensors
    /// do not outlive the step.
    /// </summary>
    public Batch? Batch { get; internal set; }

    /// <summary>The loss of the last step; NaN before the first.</summary>
    public double Loss { get; internal set; } = double.NaN;

    /// <summary>
    /// The learning rate of the optimizer's first parameter group. Each step sets it to the group's
    /// <c>InitialLearningRate</c> times the schedule's factor: to change it for good, change the former.
    /// </summary>
    public double LearningRate => Optimizer.ParamGroups.First().LearningRate;

    /// <summary>The metrics of the current epoch so far, over the training batches.</summary>
    public MetricValues Metrics => Metric.ValuesOf(metrics);

    /// <summary>The metrics of the validation at the end of the epoch; <see langword="null"/> without one.</summary>
    public MetricValues? Validation { get; internal set; }

    /// <summary>The finished epochs, in order.</summary>
    public IReadOnlyList<EpochResult> History { get; }

    /// <summary>How the run ended; known at training end.</summary>
    public TrainingOutcome Outcome { get; internal set; } = TrainingOutcome.Running;

    /// <summary>Whether somebody asked for an early stop.</summary>
    public bool IsStopRequested { get; private set; }

    /// <summary>Ends training after the current epoch (early stopping): the run then counts as finished.</summary>
    public void RequestStop() => IsStopRequested = true;
}

/// <summary>How a run ended.</summary>
public enum TrainingOutcome
{
    /// <summary>It has not ended.</summary>
    Running,

    /// <summary>After its last epoch, or through <see cref="TrainingContext.RequestStop"/>.</summary>
    Completed,

    /// <summary>Through the cancellation token.</summary>
    Cancelled,

    /// <summary>Through another exception.</summary>
    Failed,
}
