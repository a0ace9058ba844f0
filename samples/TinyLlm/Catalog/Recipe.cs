/// <summary>How a model is trained: AdamW, along half a cosine after a warm-up.</summary>
internal sealed record Recipe
{
    public required int Epochs { get; init; }

    /// <summary>The largest one.</summary>
    public required double LearningRate { get; init; }

    /// <summary>What is left of it at the end.</summary>
    public double FinalRate { get; init; } = 0.05;

    /// <summary>Pieces of text of one context each.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Of matrices; never of biases and norms.</summary>
    public double WeightDecay { get; init; } = 0.1;

    public int WarmupSteps { get; init; } = 100;
}
