/// <summary>How a kept model was trained. Losses are cross entropies of a token in nats, after the last epoch.</summary>
internal sealed record TrainingReport
{
    public const string FileName = "training.json";

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

    /// <summary>Of held-out text, with the weights as they are kept.</summary>
    public required double Perplexity { get; init; }

    /// <summary>Where it is in 95% of the bootstrap draws.</summary>
    public required double[] PerplexityBootstrapInterval { get; init; }

    /// <summary>The same per character of the text, which is comparable between vocabularies.</summary>
    public required double BitsPerCharacter { get; init; }
}
