using StickGen.Compression;
using StickGen.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

/// <summary>How networks of the zoo learn.</summary>
internal static class Training
{
    private const double Momentum = 0.9;

    /// <summary>A trainer that follows a recipe.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="augmentation">What training images go through.</param>
    /// <param name="seed">What all random draws derive from.</param>
    /// <param name="checkpoint">Where its state is kept.</param>
    public static Trainer Trainer(Recipe recipe, BatchTransform? augmentation, int seed, CheckpointOptions? checkpoint) =>
        new(
            new()
            {
                Epochs = recipe.Epochs,
                BatchSize = recipe.BatchSize,
                Seed = seed,
                DropLast = true,
                Schedule = new CosineSchedule(recipe.WarmupSteps),
                Checkpoint = checkpoint,
            },
            Losses.CrossEntropy,
            parameters => Optimizer(parameters, recipe))
        {
            Metrics = () => [new LossMetric(), new AccuracyMetric()],
            Augmentation = augmentation,
        };

    /// <summary>The share of images that are classified right, in percent.</summary>
    public static double Accuracy(nn.Module<Tensor, Tensor> model, IDataset images, CancellationToken stop) => Evaluate(model, images, stop).Accuracy;

    /// <summary>The share of images that are classified right, in percent, and the mean cross entropy.</summary>
    public static (double Accuracy, double Loss) Evaluate(nn.Module<Tensor, Tensor> model, IDataset images, CancellationToken stop)
    {
        var values = Trainer(new() { Epochs = 1, LearningRate = 0 }, null, 0, null).Evaluate(model, images, stop);
        return (values["accuracy"], values["loss"]);
    }

    /// <summary>The optimizer of a recipe: weight decay is for weights alone, and what quantizers learn has a rate of its own.</summary>
    public static optim.Optimizer Optimizer(IReadOnlyList<(string name, Parameter parameter)> parameters, Recipe recipe)
    {
        var groups = parameters.ToLookup(
            p => p.name.StartsWith(FakeQuantization.Prefix + ".", StringComparison.Ordinal) ? Role.Quantizer : p.parameter.dim() > 1 ? Role.Weight : Role.Other,
            p => p.parameter);
        (Role Role, double Rate, double Decay)[] settings =
        [
            (Role.Weight, recipe.LearningRate, recipe.WeightDecay),
            (Role.Other, recipe.LearningRate, 0),
            (Role.Quantizer, recipe.LearningRate * recipe.QuantizerRate, 0),
        ];
        settings = [.. settings.Where(s => groups.Contains(s.Role))];
        return recipe.IsAdaptive
            ? optim.AdamW(settings.Select(s => new AdamW.ParamGroup(groups[s.Role], new() { LearningRate = s.Rate, weight_decay = s.Decay })), recipe.LearningRate)
            : optim.SGD(
                settings.Select(s => new SGD.ParamGroup(groups[s.Role], new() { LearningRate = s.Rate, momentum = Momentum, nesterov = true, weight_decay = s.Decay })),
                recipe.LearningRate);
    }

    private enum Role
    {
        Weight,
        Other,
        Quantizer,
    }
}
