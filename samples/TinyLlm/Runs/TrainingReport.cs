using System.Text.Json;

/// <summary>How a kept model was trained. Losses are cross entropies of a token in nats, after the last epoch.</summary>
internal sealed record TrainingReport
{
    public required string Model { get; init; }

    public required long Parameters { get; init; }

    public required int Epochs { get; init; }

    public required int Seed { get; init; }

    /// <summary>Seconds that training took, before and after a resume.</summary>
    public required double TrainingSeconds { get; init; }

    /// <summary>The mean over the last epoch, while it learned.</summary>
    public required double TrainingLoss { get; init; }

    public required double CalibrationLoss { get; init; }

    public required int Threads { get; init; }

    public required string Machine { get; init; }

    /// <summary>Repeats the training.</summary>
    public required string Command { get; init; }

    public void Save(string path) => JsonFile.Save(this, path);
}
