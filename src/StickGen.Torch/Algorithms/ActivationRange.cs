using StickGen.Quantization;

namespace StickGen.Compression;

/// <summary>How the range of activations is found from the values that are observed.</summary>
public enum ActivationRange
{
    /// <summary>From the lowest to the highest: <see cref="MovingAverageObserver"/> or <see cref="MinMaxObserver"/>.</summary>
    Extremes,

    /// <summary>The range that leaves out a small share at each end: <see cref="PercentileObserver"/>.</summary>
    Percentile,

    /// <summary>The range that gives the least squared error: <see cref="LeastSquaresObserver"/>.</summary>
    LeastSquares,

    /// <summary>The range that gives the least Kullback-Leibler divergence: <see cref="DivergenceObserver"/>.</summary>
    LeastDivergence,
}

internal static class ActivationRanges
{
    /// <summary>A new observer.</summary>
    public static Observer CreateObserver(this ActivationRange range, double? momentum, double percentile) => range switch
    {
        ActivationRange.Percentile => new PercentileObserver(percentile, momentum),
        ActivationRange.LeastSquares => new LeastSquaresObserver(momentum),
        ActivationRange.LeastDivergence => new DivergenceObserver(momentum),
        _ => momentum is { } past ? new MovingAverageObserver(past) : new MinMaxObserver(),
    };
}
