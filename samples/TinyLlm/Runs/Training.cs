using StickGen.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

/// <summary>How models of this sample learn: to tell the next token.</summary>
internal static class Training
{
    /// <summary>A trainer that follows a recipe.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="seed">What all random draws derive from.</param>
    /// <param name="checkpoint">Where its state is kept.</param>
    public static Trainer Trainer(Recipe recipe, int seed, CheckpointOptions? checkpoint) =>
        new(
            new()
            {
                Epochs = recipe.Epochs,
                BatchSize = recipe.BatchSize,
                EvaluationBatchSize = 32,
                Seed = seed,
                DropLast = true,
                GradientClipNorm = 1,
                Schedule = new CosineSchedule(recipe.WarmupSteps, recipe.FinalRate),
                Checkpoint = checkpoint,
            },
            NextToken,
            parameters => Optimizer(parameters, recipe));

    /// <summary>The mean cross entropy of logits [batch, tokens, vocabulary] and the tokens that follow [batch, tokens].</summary>
    private static Tensor NextToken(Tensor logits, Batch batch) => nn.functional.cross_entropy(logits.flatten(0, 1), batch.Target.flatten());

    private static optim.Optimizer Optimizer(IReadOnlyList<(string Name, Parameter Parameter)> parameters, Recipe recipe)
    {
        var groups = parameters.ToLookup(p => p.Parameter.dim() > 1, p => p.Parameter);
        return optim.AdamW(groups.Select(group => new AdamW.ParamGroup(group, Options(group.Key ? recipe.WeightDecay : 0))), recipe.LearningRate);

        AdamW.Options Options(double decay) => new() { LearningRate = recipe.LearningRate, beta1 = 0.9, beta2 = 0.98, weight_decay = decay };
    }
}
