using StickGen.Compression;

namespace StickGen.Pruning;

/// <summary>Options of <see cref="GhostConv2d"/>.</summary>
public sealed record GhostOptions
{
    /// <summary>How many maps are made of one that is computed, at least 2; ⌈outputs / ratio⌉ are computed by the primary convolution.</summary>
    public int Ratio { get; init; } = 2;

    /// <summary>The size of the cheap depthwise kernel, odd, at most 31.</summary>
    public int CheapKernel { get; init; } = 3;

    /// <summary>Whether batch normalization follows both convolutions.</summary>
    public bool BatchNorm { get; init; } = true;

    /// <summary>ε of the batch normalizations; where one is replaced, its own.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>The share of a batch in their running statistics, <see langword="null"/> for the mean of all; where one is replaced, its own.</summary>
    public double? Momentum { get; init; } = 0.1;

    /// <summary>Whether a ReLU follows both.</summary>
    public bool Relu { get; init; } = true;

    internal void Validate()
    {
        AlgorithmOptions.Require(Ratio >= 2, nameof(Ratio), Ratio, "at least 2");
        AlgorithmOptions.Require(CheapKernel is >= 1 and <= 31 && CheapKernel % 2 == 1, nameof(CheapKernel), CheapKernel, "an odd number from 1 to 31");
        AlgorithmOptions.Require(Epsilon > 0, nameof(Epsilon), Epsilon, "more than 0");
        AlgorithmOptions.Require(Momentum is null or (> 0 and <= 1), nameof(Momentum), Momentum, "null, or more than 0 and up to 1");
    }
}
