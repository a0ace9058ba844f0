namespace StickGen.Training;

/// <summary>
/// Something that takes part in training: an algorithm's schedule, a progress bar, a log. All methods are called on the
/// thread that trains, between tensor operations; derive from <see cref="TrainingCallback"/> to implement only a few.
/// </summary>
/// <remarks>
/// The order is: training start; for each epoch: epoch start, then for each step: step start, gradients, step end, then
/// epoch end; training end. Several callbacks are called in the order in which they were given.
/// A callback with a state that later steps depend on also implements <see cref="IResumableCallback"/>.
/// </remarks>
public interface ITrainingCallback
{
    /// <summary>
    /// Before the first step. In a resumed run (<see cref="TrainingContext.IsResumed"/>) the model already is as the
    /// checkpoint left it.
    /// </summary>
    void OnTrainingStart(TrainingContext context);

    /// <summary>
    /// Before the first step of an epoch. It is called again when a run resumes in the middle of an epoch; then
    /// <see cref="TrainingContext.StepInEpoch"/> is greater than 0.
    /// </summary>
    void OnEpochStart(TrainingContext context);

    /// <summary>Before the forward pass. The learning rate of the step is set.</summary>
    void OnStepStart(TrainingContext context);

    /// <summary>After the backward pass and before the optimizer changes the parameters.</summary>
    void OnGradients(TrainingContext context);

    /// <summary>After the optimizer changed the parameters and the metrics were updated.</summary>
    void OnStepEnd(TrainingContext context);

    /// <summary>After the last step of an epoch and the validation that follows it.</summary>
    void OnEpochEnd(TrainingContext context);

    /// <summary>The last call, also after a failure: <see cref="TrainingContext.Outcome"/> says how it ended.</summary>
    void OnTrainingEnd(TrainingContext context);
}
