using StickGen.Compression;

namespace StickGen.Pruning;

/// <summary>Options of <see cref="UniPruning"/>.</summary>
public sealed record UniPruningOptions
{
    /// <summary>The size to reach, as a share of the original: more than 0, less than 1.</summary>
    public double Target { get; init; } = 0.75;

    /// <summary>What the size is measured in: parameters or multiply-accumulates.</summary>
    public PruningMeasure Measure { get; init; } = PruningMeasure.Parameters;

    /// <summary>How many channels are removed at once; widths that are left are multiples of it. As hardware asks: 16 or 32.</summary>
    public int PruningStep { get; init; } = 16;

    /// <summary>The channels that a group keeps at least.</summary>
    public int MinimumWidth { get; init; } = 1;

    /// <summary>Whether the norm of a filter is multiplied by the factor |γ| of the batch normalization after it.</summary>
    public bool WithBatchNorm { get; init; } = true;

    /// <summary>The epochs from one zeroing to the next.</summary>
    public int Frequency { get; init; } = 1;

    /// <summary>The options as JSON.</summary>
    public string ToJson() => AlgorithmOptions.Write(this);

    /// <summary>Reads options.</summary>
    /// <exception cref="System.Text.Json.JsonException">The text is not JSON, or has members that are no options.</exception>
    /// <exception cref="CompressionException">A value is not allowed.</exception>
    public static UniPruningOptions FromJson(string json)
    {
        var options = AlgorithmOptions.Read<UniPruningOptions>(json);
        options.Validate();
        return options;
    }

    internal void Validate()
    {
        AlgorithmOptions.Require(Target is > 0 and < 1, nameof(Target), Target, "between 0 and 1, both exclusive");
        AlgorithmOptions.Require(
            Measure is PruningMeasure.Parameters or PruningMeasure.Multiplications, nameof(Measure), Measure, "Parameters, Multiplications");
        AlgorithmOptions.Require(PruningStep >= 1, nameof(PruningStep), PruningStep, "at least 1");
        AlgorithmOptions.Require(MinimumWidth >= 1, nameof(MinimumWidth), MinimumWidth, "at least 1");
        AlgorithmOptions.Require(Frequency >= 1, nameof(Frequency), Frequency, "at least 1");
    }
}
