namespace StickGen.Training;

/// <summary>Which values of a metric are good.</summary>
public enum MetricGoal
{
    /// <summary>Small ones, as of a loss.</summary>
    Minimize,

    /// <summary>Large ones, as of an accuracy.</summary>
    Maximize,
}
