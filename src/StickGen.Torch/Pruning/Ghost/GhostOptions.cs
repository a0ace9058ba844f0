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

    /// <summary>Whether a ReLU follows both.</summary>
    public bool Relu { get; init; } = true;

    internal void Validate()
    {
        AlgorithmOptions.Require(Ratio >= 2, nameof(Ratio), Ratio, "at least 2");
        AlgorithmOptions.Require(CheapKernel is >= 1 and <= 31 && CheapKernel % 2 == 1, nameof(CheapKernel), CheapKernel, "an odd number from 1 to 31");
    }
}
