using StickGen.Compression;

namespace StickGen.Pruning;

/// <summary>Options of <see cref="HardConcreteGate"/>; the values are those of Louizos et al. with the temperature of Voita et al.</summary>
public sealed record HardConcreteOptions
{
    /// <summary>The temperature of the concrete distribution, more than 0.</summary>
    public double Temperature { get; init; } = 0.33;

    /// <summary>The lower end of the stretched interval, less than 0.</summary>
    public double Low { get; init; } = -0.1;

    /// <summary>The upper end of the stretched interval, more than 1.</summary>
    public double High { get; init; } = 1.1;

    /// <summary>The value of each log α at first; greater for gates that are open.</summary>
    public double InitialLogAlpha { get; init; } = 2;

    internal void Validate()
    {
        AlgorithmOptions.Require(Temperature > 0 && double.IsFinite(Temperature), nameof(Temperature), Temperature, "more than 0");
        AlgorithmOptions.Require(Low < 0 && double.IsFinite(Low), nameof(Low), Low, "less than 0");
        AlgorithmOptions.Require(High > 1 && double.IsFinite(High), nameof(High), High, "more than 1");
        AlgorithmOptions.Require(double.IsFinite(InitialLogAlpha), nameof(InitialLogAlpha), InitialLogAlpha, "a finite number");
    }
}
