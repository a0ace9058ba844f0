using StickGen.Compression;

namespace StickGen.Pruning;

/// <summary>Options of <see cref="GhostReplacement"/>.</summary>
public sealed record GhostReplacementOptions
{
    /// <summary>
    /// The modules that convolutions become. <see cref="GhostOptions.BatchNorm"/> and <see cref="GhostOptions.Relu"/> count where a batch
    /// normalization and a ReLU follow the convolution in the model: those then become part of the module, for both of its convolutions.
    /// </summary>
    public GhostOptions Ghost { get; init; } = new();

    /// <summary>Which convolutions: all that can be, unless this says otherwise.</summary>
    public ReplacementPolicy Policy { get; init; } = new();

    /// <summary>Channels that a convolution has to read at least, so that one that reads an image keeps its filters.</summary>
    public int MinimumInputs { get; init; } = 4;

    /// <summary>Whether convolutions of 1×1 are replaced too.</summary>
    public bool IncludePointwise { get; init; } = true;

    /// <summary>Whether modules begin with what the convolutions have learned, instead of new weights.</summary>
    public bool KeepWeights { get; init; } = true;

    /// <summary>The options as JSON.</summary>
    public string ToJson() => AlgorithmOptions.Write(this);

    /// <summary>Reads options.</summary>
    /// <exception cref="System.Text.Json.JsonException">The text is not JSON, or has members that are no options.</exception>
    /// <exception cref="CompressionException">A value is not allowed.</exception>
    public static GhostReplacementOptions FromJson(string json)
    {
        var options = AlgorithmOptions.Read<GhostReplacementOptions>(json);
        options.Validate();
        return options;
    }

    internal void Validate()
    {
        AlgorithmOptions.Require(Ghost is not null, nameof(Ghost), "null", "options");
        AlgorithmOptions.Require(Policy is not null, nameof(Policy), "null", "a policy");
        AlgorithmOptions.Require(MinimumInputs >= 1, nameof(MinimumInputs), MinimumInputs, "at least 1");
        Ghost!.Validate();
        Policy!.Validate();
    }
}
