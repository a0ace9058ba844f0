namespace StickGen.Training;

/// <summary>A callback that does nothing; a base for those that care about a few moments of training only.</summary>
public abstract class TrainingCallback : ITrainingCallback
{
    /// <inheritdoc/>
    public virtual void OnTrainingStart(TrainingContext context)
    {
    }

    /// <inheritdoc/>
    public virtual void OnEpochStart(TrainingContext context)
    {
    }

    /// <inheritdoc/>
    public virtual void OnStepStart(TrainingContext context)
    {
    }

    /// <inheritdoc/>
    public virtual void OnGradients(TrainingContext context)
    {
    }

    /// <inheritdoc/>
    public virtual void OnStepEnd(TrainingContext context)
    {
    }

    /// <inheritdoc/>
    public virtual void OnEpochEnd(TrainingContext context)
    {
    }

    /// <inheritdoc/>
    public virtual void OnTrainingEnd(TrainingContext context)
    {
    }
}
