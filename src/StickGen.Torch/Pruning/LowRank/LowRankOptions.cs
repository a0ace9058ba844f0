using StickGen.Compression;

namespace StickGen.Pruning;

/// <summary>How a rank is chosen.</summary>
public enum RankChoice
{
    /// <summary><see cref="LowRankOptions.Rank"/> itself.</summary>
    Number,

    /// <summary>The greatest whose two factors have at most a share (<see cref="LowRankOptions.Ratio"/>) of the weights.</summary>
    Ratio,

    /// <summary>The least that keeps a share (<see cref="LowRankOptions.Energy"/>) of the sum of squared singular values.</summary>
    Energy,
}

/// <summary>Which dimensions of a convolution's kernel its two factors get.</summary>
public enum ConvolutionFactors
{
    /// <summary>A convolution with fewer outputs, then one of 1×1 (Zhang et al. 2015).</summary>
    Channel,

    /// <summary>A convolution of kH×1, then one of 1×kW (Jaderberg et al. 2014). Padding has to be of zeros.</summary>
    Spatial,
}

/// <summary>Options of <see cref="LowRank"/>.</summary>
public sealed record LowRankOptions
{
    /// <summary>How the rank is chosen.</summary>
    public RankChoice Choice { get; init; } = RankChoice.Energy;

    /// <summary>The rank, at least 1.</summary>
    public int Rank { get; init; } = 1;

    /// <summary>The share of the weights, more than 0 and less than 1.</summary>
    public double Ratio { get; init; } = 0.5;

    /// <summary>The share of the energy, more than 0 and at most 1.</summary>
    public double Energy { get; init; } = 0.9;

    /// <summary>How convolutions are factorized.</summary>
    public ConvolutionFactors Factors { get; init; } = ConvolutionFactors.Channel;

    internal void Validate()
    {
        AlgorithmOptions.RequireDefined(nameof(Choice), Choice);
        AlgorithmOptions.RequireDefined(nameof(Factors), Factors);
        AlgorithmOptions.Require(Rank >= 1, nameof(Rank), Rank, "at least 1");
        AlgorithmOptions.Require(Ratio is > 0 and < 1, nameof(Ratio), Ratio, "between 0 and 1, both exclusive");
        AlgorithmOptions.Require(Energy is > 0 and <= 1, nameof(Energy), Energy, "more than 0, at most 1");
    }
}
