using StickGen.Compression;
using StickGen.Training;

namespace StickGen.Pruning;

/// <summary>
/// UniPruning (MindSpore Golden Stick): the channels of each group are sorted by the norm of their filters and cut into blocks of
/// <see cref="UniPruningOptions.PruningStep"/>; of all groups, the block is removed whose median norm is least in relation to the greatest
/// median of its group, until the model is small enough.
/// </summary>
public static class UniPruning
{
    /// <summary>Selects the channels that are kept.</summary>
    /// <param name="groups">The groups of the model, with its present weights.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="CompressionException">An option is not allowed, or the target cannot be reached; the message says what can.</exception>
    public static ChannelSelection Select(ChannelGroups groups, UniPruningOptions options)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var importance = Importance.Of(
            groups, new FilterNormCriterion(groups.Traced, options.WithBatchNorm), normalization: ScoreNormalization.None);
        var blocks = groups.Prunable
            .Where(g => importance[g] is not null)
            .SelectMany(g => Relative(g, importance[g]!, options))
            .OrderBy(b => b.Score);
        return new RemovalOrder(groups, [.. blocks]).Until(1 - options.Target, options.Measure);
    }

    /// <summary>
    /// Zeros the channels that would be removed at the end of every <see cref="UniPruningOptions.Frequency"/>-th epoch and of the last, so
    /// that training makes up for them; what is zero has the least norm, and so is what is removed after training.
    /// </summary>
    /// <param name="groups">The groups of the model in training.</param>
    /// <param name="options">The options.</param>
    public static ITrainingCallback Callback(ChannelGroups groups, UniPruningOptions options)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new Zeroing(groups, options);
    }

    /// <summary>The blocks of a group by the share that their median has of the greatest one.</summary>
    private static List<RemovalBlock> Relative(ChannelGroup group, IReadOnlyList<double> norms, UniPruningOptions options)
    {
        var blocks = RemovalOrder.BlocksOf(group, norms, options.PruningStep, options.MinimumWidth, Median);
        // The greatest median is that of the last block, which is never removed.
        var greatest = Median([.. norms.Order().TakeLast(options.PruningStep)]);
        return greatest > 0 ? blocks.ConvertAll(b => b with { Score = b.Score / greatest }) : blocks;
    }

    private static double Median(IReadOnlyList<double> ascending)
    {
        var half = ascending.Count / 2;
        return ascending.Count % 2 == 1 ? ascending[half] : (ascending[half - 1] + ascending[half]) / 2;
    }

    private sealed class Zeroing(ChannelGroups groups, UniPruningOptions options) : TrainingCallback
    {
        public override void OnEpochEnd(TrainingContext context)
        {
            if ((context.Epoch + 1) % options.Frequency == 0 || context.Epoch + 1 == context.Options.Epochs)
                Surgery.Zero(Select(groups, options));
        }
    }
}
