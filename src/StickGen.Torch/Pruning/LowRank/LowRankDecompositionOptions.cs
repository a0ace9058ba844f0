using StickGen.Compression;

namespace StickGen.Pruning;

/// <summary>Options of <see cref="LowRankDecomposition"/>.</summary>
public sealed record LowRankDecompositionOptions
{
    /// <summary>How the rank of each layer is chosen, and how convolutions are cut. The rank counts where there is no <see cref="Budget"/>.</summary>
    public LowRankOptions Layer { get; init; } = new();

    /// <summary>
    /// The share of the weights that all chosen layers together may have, between 0 and 1: ranks are then searched over the layers so that the
    /// least energy is lost. <see langword="null"/> to choose for each layer by itself.
    /// </summary>
    public double? Budget { get; init; }

    /// <summary>Whether linear layers are factorized.</summary>
    public bool Linear { get; init; } = true;

    /// <summary>Whether two-dimensional convolutions without groups are.</summary>
    public bool Convolutions { get; init; } = true;

    /// <summary>Which layers: all that can be, unless this says otherwise.</summary>
    public ReplacementPolicy Policy { get; init; } = new();

    /// <summary>The options as JSON.</summary>
    public string ToJson() => AlgorithmOptions.Write(this);

    /// <summary>Reads options.</summary>
    /// <exception cref="System.Text.Json.JsonException">The text is not JSON, or has members that are no options.</exception>
    /// <exception cref="CompressionException">A value is not allowed.</exception>
    public static LowRankDecompositionOptions FromJson(string json)
    {
        var options = AlgorithmOptions.Read<LowRankDecompositionOptions>(json);
        options.Validate();
        return options;
    }

    internal void Validate()
    {
        AlgorithmOptions.Require(Layer is not null, nameof(Layer), "null", "options");
        AlgorithmOptions.Require(Policy is not null, nameof(Policy), "null", "a policy");
        AlgorithmOptions.Require(Budget is null or (> 0 and < 1), nameof(Budget), Budget, "between 0 and 1, both exclusive, or null");
        AlgorithmOptions.Require(Linear || Convolutions, nameof(Convolutions), Convolutions, "true where Linear is false: nothing else can be factorized");
        Layer!.Validate();
        Policy!.Validate();
    }
}
