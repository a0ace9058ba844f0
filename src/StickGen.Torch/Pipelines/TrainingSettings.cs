using StickGen.Compression;
using StickGen.Pruning;
using StickGen.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pipelines;

/// <summary>The optimizers that a plan can name.</summary>
public enum PipelineOptimizer
{
    /// <summary>Stochastic gradient descent with Nesterov momentum.</summary>
    Sgd,

    /// <summary>AdamW (Loshchilov and Hutter 2019).</summary>
    AdamW,
}

/// <summary>How a model is trained in one step of a plan: along half a cosine after a warm-up.</summary>
public sealed record TrainingSettings
{
    /// <summary>How often each sample is seen; at least 1.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Samples per step; at least 1.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>The largest learning rate, more than 0.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>Of weights; never of biases, norms, and what quantizers and gates learn. 0 or more.</summary>
    public double WeightDecay { get; init; } = 5e-4;

    /// <summary>The optimizer.</summary>
    public PipelineOptimizer Optimizer { get; init; } = PipelineOptimizer.Sgd;

    /// <summary>Of <see cref="PipelineOptimizer.Sgd"/>: from 0 to less than 1.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Steps in which the rate rises from zero.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>The learning rate of what quantizers learn, as a factor on that of the weights; more than 0.</summary>
    public double QuantizerRate { get; init; } = 1;

    /// <summary>The largest norm of all gradients together; <see langword="null"/> for no limit.</summary>
    public double? GradientClipNorm { get; init; }

    /// <summary>What all random draws of the training derive from.</summary>
    public long Seed { get; init; } = 1;

    internal void Validate()
    {
        AlgorithmOptions.Require(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "more than 0");
        AlgorithmOptions.Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), nameof(WeightDecay), WeightDecay, "0 or more");
        AlgorithmOptions.Require(Momentum is >= 0 and < 1, nameof(Momentum), Momentum, "from 0 to less than 1");
        AlgorithmOptions.Require(QuantizerRate > 0 && double.IsFinite(QuantizerRate), nameof(QuantizerRate), QuantizerRate, "more than 0");
        AlgorithmOptions.RequireDefined(nameof(Optimizer), Optimizer);
        Options(null).Validate();
    }

    internal TrainingOptions Options(CheckpointOptions? checkpoint) => new()
    {
        Epochs = Epochs, BatchSize = BatchSize, Seed = Seed, GradientClipNorm = GradientClipNorm, Schedule = new CosineSchedule(WarmupSteps), DropLast = true,
        Checkpoint = checkpoint,
    };

    /// <summary>The optimizer: weight decay is for weights alone, and what an algorithm added has a rate of its own.</summary>
    /// <param name="parameters">What is trained.</param>
    /// <param name="addedRate">The rate of what is under the algorithm's prefix.</param>
    internal optim.Optimizer Create(IReadOnlyList<(string name, Parameter parameter)> parameters, double addedRate)
    {
        var added = parameters.Where(p => p.name.StartsWith(PruningState.Prefix + ".", StringComparison.Ordinal)).Select(p => p.parameter).ToList();
        var own = parameters.Select(p => p.parameter).Except(added).ToLookup(p => p.dim() > 1);
        (IEnumerable<Parameter> Parameters, double Rate, double Decay)[] groups =
            [(own[true], LearningRate, WeightDecay), (own[false], LearningRate, 0), (added, addedRate, 0)];
        groups = [.. groups.Where(g => g.Parameters.Any())];
        return Optimizer == PipelineOptimizer.AdamW
            ? optim.AdamW(groups.Select(g => new AdamW.ParamGroup(g.Parameters, new() { LearningRate = g.Rate, weight_decay = g.Decay })), LearningRate)
            : optim.SGD(
                groups.Select(g => new SGD.ParamGroup(
                    g.Parameters, new() { LearningRate = g.Rate, momentum = Momentum, nesterov = Momentum > 0, weight_decay = g.Decay })),
                LearningRate);
    }
}
