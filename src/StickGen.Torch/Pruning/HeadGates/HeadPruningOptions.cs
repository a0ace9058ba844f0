using StickGen.Compression;

namespace StickGen.Pruning;

/// <summary>Options of <see cref="HeadPruning"/>.</summary>
public sealed record HeadPruningOptions
{
    /// <summary>What the expected number of open heads is multiplied by in the loss; not negative. Greater for fewer heads.</summary>
    public double Penalty { get; init; } = 0.01;

    /// <summary>The gates.</summary>
    public HardConcreteOptions Gate { get; init; } = new();

    /// <summary>The options as JSON.</summary>
    public string ToJson() => AlgorithmOptions.Write(this);

    /// <summary>Reads options.</summary>
    /// <exception cref="System.Text.Json.JsonException">The text is not JSON, or has members that are no options.</exception>
    /// <exception cref="CompressionException">A value is not allowed.</exception>
    public static HeadPruningOptions FromJson(string json)
    {
        var options = AlgorithmOptions.Read<HeadPruningOptions>(json);
        options.Validate();
        return options;
    }

    internal void Validate()
    {
        AlgorithmOptions.Require(Penalty >= 0 && double.IsFinite(Penalty), nameof(Penalty), Penalty, "0 or more");
        Gate.Validate();
    }
}
