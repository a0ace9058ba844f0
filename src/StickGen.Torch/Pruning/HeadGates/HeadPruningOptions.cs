using StickGen.Compression;

namespace StickGen.Pruning;

/// <summary>Options of <see cref="HeadPruning"/>.</summary>
public sealed record HeadPruningOptions
{
    /// <summary>What the expected number of open heads is multiplied by in the loss; not negative. Greater for fewer heads.</summary>
    public double Penalty { get; init; } = 0.01;

    /// <summary>The learning rate of the gates, more than 0: they have to move further than weights do (<see cref="HeadPruning.GateLearningRate"/>).</summary>
    public double LearningRate { get; init; } = 0.1;

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
        AlgorithmOptions.Require(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "more than 0");
        AlgorithmOptions.Require(Gate is not null, nameof(Gate), "null", "options");
        Gate!.Validate();
    }
}
