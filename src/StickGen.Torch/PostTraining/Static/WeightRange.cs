namespace StickGen.PostTraining;

/// <summary>How the range of weights is found from their values.</summary>
public enum WeightRange
{
    /// <summary>Up to the largest magnitude.</summary>
    Extremes,

    /// <summary>The range with the least squared error of the weights when they are rounded to nearest, by exhaustive search among shares of the largest magnitude.</summary>
    LeastSquares,
}
