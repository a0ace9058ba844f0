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
    public static double Accuracy(nn.Module<Tensor, Tensor> model, IDataset images, CancellationToken stop) =>
        Trainer(new() { Epochs = 1, LearningRate = 0 }, null, 0, null).Evaluate(model, images, stop)["accuracy"];

    /// <summary>Stochastic gradient descent whose weight decay is for weights alone.</summary>
    public static optim.Optimizer Optimizer(IReadOnlyList<(string name, Parameter parameter)> parameters, Recipe recipe)
    {
        var groups = parameters.ToLookup(p => p.parameter.dim() > 1 && !p.name.StartsWith(FakeQuantization.Prefix + ".", StringComparison.Ordinal), p => p.parameter);
        return optim.SGD([Group(groups[true], recipe.WeightDecay), Group(groups[false], 0)], recipe.LearningRate);

        SGD.ParamGroup Group(IEnumerable<Parameter> members, double weightDecay) =>
            new(members, new SGD.Options { LearningRate = recipe.LearningRate, momentum = Momentum, nesterov = true, weight_decay = weightDecay });
    }
}
