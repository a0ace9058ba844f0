using StickGen.Training;

/// <summary>How a network is trained: along half a cosine after a warm-up.</summary>
internal sealed record Recipe
{
    public required int Epochs { get; init; }

    /// <summary>The largest one.</summary>
    public required double LearningRate { get; init; }

    public int BatchSize { get; init; } = 64;

    /// <summary>Of weights; never of biases, batch normalization and what quantizers learn.</summary>
    public double WeightDecay { get; init; } = 5e-4;

    /// <summary>AdamW; otherwise stochastic gradient descent with momentum.</summary>
    public bool IsAdaptive { get; init; }

    /// <summary>The learning rate of what quantizers learn, as a factor on that of the network.</summary>
    public double QuantizerRate { get; init; } = 1;

    /// <summary>
    /// The weight in the loss, 0 to 1, of how the float network answers that compression began with; the rest is that of the labels.
    /// </summary>
    public double Distillation { get; init; }

    /// <summary>Steps in which the rate rises from zero.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>The number of all training steps. An incomplete last batch is left out.</summary>
    public long StepsOf(IDataset images) => (long)Epochs * (images.Count / BatchSize);

    /// <summary>The same for a float network, which has no quantizers and no teacher.</summary>
    public Recipe InFloat() => this with { QuantizerRate = 1, Distillation = 0 };

    /// <summary>How float networks are trained from the beginning.</summary>
    public static Recipe Baseline(string network) => network switch
    {
        "lenet5" => new() { Epochs = 20, LearningRate = 0.05, WarmupSteps = 800 },
        "mobilenetv2-small" => new() { Epochs = 6, LearningRate = 0.1, WarmupSteps = 800, WeightDecay = 1e-4 },
        "resnet20-full" => new() { Epochs = 12, LearningRate = 0.1, WarmupSteps = 1600 },
        "vit-tiny" => new() { Epochs = 12, LearningRate = 1e-3, IsAdaptive = true, WeightDecay = 0.05, WarmupSteps = 800 },
        "vgg-small" => new() { Epochs = 12, LearningRate = 0.05, WarmupSteps = 800 },
        _ => new() { Epochs = 24, LearningRate = 0.1, WarmupSteps = 1600, WeightDecay = 2e-4 },
    };
}
