using System.Text.Json.Serialization;

namespace StickGen.Training;

/// <summary>
/// The learning rate over a run, as a factor on what the optimizer was created with. A schedule is a function of the
/// position in the run and has no state, so a resumed run follows it exactly. Derive to write another.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ConstantSchedule), "constant")]
[JsonDerivedType(typeof(StepSchedule), "step")]
[JsonDerivedType(typeof(CosineSchedule), "cosine")]
public abstract record LearningRateSchedule
{
    /// <summary>The factor for a step.</summary>
    /// <param name="step">The step in the run, from 0.</param>
    /// <param name="stepsPerEpoch">Steps in one epoch.</param>
    /// <param name="totalSteps">Steps in the whole run.</param>
    public abstract double Factor(long step, int stepsPerEpoch, long totalSteps);

    /// <summary>Fails if a setting is out of its range.</summary>
    /// <exception cref="ArgumentException">The message names the setting, its value and what is allowed.</exception>
    public virtual void Validate()
    {
    }
}

/// <summary>What the optimizer was created with, all the time.</summary>
public sealed record ConstantSchedule : LearningRateSchedule
{
    /// <inheritdoc/>
    public override double Factor(long step, int stepsPerEpoch, long totalSteps) => 1;
}

/// <summary>Multiplies the rate by <paramref name="Gamma"/> after every <paramref name="Epochs"/> epochs.</summary>
/// <param name="Epochs">At least 1.</param>
/// <param name="Gamma">Greater than 0.</param>
public sealed record StepSchedule(int Epochs, double Gamma = 0.1) : LearningRateSchedule
{
    /// <inheritdoc/>
    public override double Factor(long step, int stepsPerEpoch, long totalSteps) =>
        Math.Pow(Gamma, step / ((long)stepsPerEpoch * Epochs));

    /// <inheritdoc/>
    public override void Validate()
    {
        Require.AtLeast(1, Epochs);
        Require.Positive(Gamma);
    }
}

/// <summary>
/// Half a cosine from the full rate down to <paramref name="FinalFactor"/> of it, after a linear warm-up (Loshchilov and
/// Hutter, "SGDR", 2017, without restarts).
/// </summary>
/// <param name="WarmupSteps">Steps in which the rate rises linearly; at least 0.</param>
/// <param name="FinalFactor">What is left of the rate at the end, from 0 to 1.</param>
public sealed record CosineSchedule(int WarmupSteps = 0, double FinalFactor = 0) : LearningRateSchedule
{
    /// <inheritdoc/>
    public override double Factor(long step, int stepsPerEpoch, long totalSteps)
    {
        if (step < WarmupSteps)
            return (step + 1.0) / WarmupSteps;
        var position = (double)(step - WarmupSteps) / Math.Max(1, totalSteps - WarmupSteps);
        return FinalFactor + ((1 - FinalFactor) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(position, 1))));
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        Require.AtLeast(0, WarmupSteps);
        Require.InRange(0, 1, FinalFactor);
    }
}
