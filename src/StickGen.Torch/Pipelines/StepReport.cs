namespace StickGen.Pipelines;

/// <summary>What a step of a plan left behind.</summary>
/// <param name="Step">What the step is called.</param>
/// <param name="Parameters">The parameters of the model after it.</param>
/// <param name="Multiplications">Its multiply-accumulates for one sample; <see langword="null"/> if they are not known.</param>
/// <param name="Validation">What was measured after it, by the names of the metrics.</param>
public sealed record StepReport(string Step, long Parameters, long? Multiplications, IReadOnlyDictionary<string, double> Validation)
{
    /// <summary>
    /// Of a step that removes channels: the largest difference of results between the model in which they were masked and the smaller one, as a
    /// share of the largest result.
    /// </summary>
    public double? MaskedDifference { get; init; }
}
