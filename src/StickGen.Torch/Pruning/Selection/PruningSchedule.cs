using StickGen.Compression;

namespace StickGen.Pruning;

/// <summary>How a ratio grows when pruning is done in several steps.</summary>
public enum ScheduleShape
{
    /// <summary>By the same amount in each step.</summary>
    Linear,

    /// <summary>r·(1 − (1 − t)³): much at first, little at the end (Zhu and Gupta 2017).</summary>
    Cubic,

    /// <summary>What is left shrinks by the same factor in each step.</summary>
    Geometric,
}

/// <summary>Pruning in several steps, with training between them. Ratios are shares of the original model.</summary>
/// <param name="Ratio">The ratio after the last step, from 0 to less than 1.</param>
/// <param name="Steps">The number of steps, at least 1.</param>
/// <param name="Shape">How the ratio grows.</param>
public sealed record PruningSchedule(double Ratio, int Steps, ScheduleShape Shape = ScheduleShape.Cubic)
{
    /// <summary>The ratio after a step.</summary>
    /// <param name="step">From 1 to <see cref="Steps"/>.</param>
    /// <exception cref="CompressionException">A value is not allowed.</exception>
    public double RatioAfter(int step)
    {
        AlgorithmOptions.Require(Ratio is >= 0 and < 1, nameof(Ratio), Ratio, "from 0 to less than 1");
        AlgorithmOptions.Require(Steps >= 1, nameof(Steps), Steps, "at least 1");
        AlgorithmOptions.RequireDefined(nameof(Shape), Shape);
        AlgorithmOptions.Require(step >= 1 && step <= Steps, nameof(step), step, $"1 to {Steps}");
        var t = (double)step / Steps;
        return step == Steps ? Ratio : Shape switch
        {
            ScheduleShape.Linear => Ratio * t,
            ScheduleShape.Cubic => Ratio * (1 - Math.Pow(1 - t, 3)),
            _ => 1 - Math.Pow(1 - Ratio, t),
        };
    }
}
