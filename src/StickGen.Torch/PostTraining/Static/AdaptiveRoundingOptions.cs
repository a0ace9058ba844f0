using static StickGen.Compression.AlgorithmOptions;

namespace StickGen.PostTraining;

/// <summary>How <see cref="StaticQuantization"/> learns which weights to round up (AdaRound: Nagel et al. 2020, arXiv:2004.10568).</summary>
public sealed record AdaptiveRoundingOptions
{
    /// <summary>Steps of Adam for each layer, at least 1.</summary>
    public int Iterations { get; init; } = 10_000;

    /// <summary>Positions of the layer's result in one step, at least 1.</summary>
    public int BatchSize { get; init; } = 512;

    /// <summary>The learning rate, more than 0.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>λ: the weight of the regularization that drives each weight up or down, more than 0.</summary>
    public double Regularization { get; init; } = 0.01;

    /// <summary>The share of the steps without regularization at the beginning, at least 0 and less than 1.</summary>
    public double WarmStart { get; init; } = 0.2;

    /// <summary>β at the beginning of the regularization: the larger, the freer are weights that are not decided. At least <see cref="LastBeta"/>.</summary>
    public double FirstBeta { get; init; } = 20;

    /// <summary>β at the end, at least 1.</summary>
    public double LastBeta { get; init; } = 2;

    internal void Validate()
    {
        const string name = nameof(StaticQuantizationOptions.AdaptiveRounding);
        Require(Iterations >= 1, $"{name}.{nameof(Iterations)}", Iterations, "at least 1");
        Require(BatchSize >= 1, $"{name}.{nameof(BatchSize)}", BatchSize, "at least 1");
        Require(LearningRate > 0 && double.IsFinite(LearningRate), $"{name}.{nameof(LearningRate)}", LearningRate, "more than 0");
        Require(Regularization > 0 && double.IsFinite(Regularization), $"{name}.{nameof(Regularization)}", Regularization, "more than 0");
        Require(WarmStart is >= 0 and < 1, $"{name}.{nameof(WarmStart)}", WarmStart, "at least 0 and less than 1");
        Require(LastBeta >= 1 && double.IsFinite(LastBeta), $"{name}.{nameof(LastBeta)}", LastBeta, "at least 1");
        Require(FirstBeta >= LastBeta && double.IsFinite(FirstBeta), $"{name}.{nameof(FirstBeta)}", FirstBeta, $"at least {nameof(LastBeta)}");
    }
}
