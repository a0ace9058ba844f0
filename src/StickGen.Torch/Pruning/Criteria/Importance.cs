using StickGen.Compression;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>How several scores become one: those of a channel's indices in a layer, then those of its layers.</summary>
public enum ScoreReduction
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>The greatest.</summary>
    Max,
}

/// <summary>What scores of a group are divided by, so that groups can be compared.</summary>
public enum ScoreNormalization
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Their mean in the group.</summary>
    Mean,

    /// <summary>The greatest of the group.</summary>
    Max,
}

/// <summary>The importance of each channel of a model.</summary>
public sealed class Importance
{
    private readonly Dictionary<ChannelGroup, double[]> scores;

    private Importance(ChannelGroups groups, Dictionary<ChannelGroup, double[]> scores) => (Groups, this.scores) = (groups, scores);

    /// <summary>The groups of the model.</summary>
    public ChannelGroups Groups { get; }

    /// <summary>The groups of which the criterion says nothing, such as those without a batch norm; nothing is removed of them.</summary>
    public IEnumerable<ChannelGroup> Unscored => Groups.Prunable.Where(g => !scores.ContainsKey(g));

    /// <summary>Scores the prunable groups of a model.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="criterion">How channels of one layer are scored.</param>
    /// <param name="reduction">How the scores of a channel become one.</param>
    /// <param name="normalization">What makes groups comparable.</param>
    /// <exception cref="CompressionException">A score is not a number, or the criterion lacks something, such as gradients.</exception>
    public static Importance Of(
        ChannelGroups groups, ImportanceCriterion criterion, ScoreReduction reduction = ScoreReduction.Mean,
        ScoreNormalization normalization = ScoreNormalization.Mean)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(criterion);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var byAxis = new Dictionary<ChannelAxis, double[]?>();
        var result = new Dictionary<ChannelGroup, double[]>();
        foreach (var group in groups.Prunable)
        {
            var axes = group.Axes.Select(a => (Axis: a, Scores: ScoresOf(a.Axis))).Where(a => a.Scores is not null).ToList();
            if (axes.Count == 0)
                continue;
            var ofGroup = new double[group.Width];
            for (var channel = 0; channel < ofGroup.Length; channel++)
                ofGroup[channel] = Reduce(axes.Select(a => Reduce(a.Axis.Indices[channel].Select(i => a.Scores![i]), reduction)), reduction);
            result.Add(group, Normalize(ofGroup, normalization));
        }

        return new(groups, result);

        double[]? ScoresOf(ChannelAxis axis)
        {
            if (byAxis.TryGetValue(axis, out var known))
                return known;
            var values = criterion.Score(axis)?.to_type(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
            if (values is not null && (values.Length != axis.Size || values.Any(v => !double.IsFinite(v))))
                throw new CompressionException($"The criterion '{criterion.Name}' gave {values.Length} scores for the {axis.Size} channels of '{axis.Name}', or some that are no finite numbers.");
            return byAxis[axis] = values;
        }
    }

    /// <summary>Scores that were computed elsewhere, such as learned ones.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="scores">One for each channel of the groups that are to be pruned.</param>
    /// <exception cref="CompressionException">A group is frozen, or the number of its scores is not its width.</exception>
    public static Importance From(ChannelGroups groups, IReadOnlyDictionary<ChannelGroup, double[]> scores)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(scores);
        foreach (var (group, values) in scores)
        {
            if (!groups.All.Contains(group))
                throw new CompressionException($"'{group.Name}' is a group of another model than {groups.Model}, or of another instance of it.");
            if (group.IsFrozen)
                throw new CompressionException($"'{group.Name}' cannot lose channels: {group.FrozenBecause}.");
            if (values.Length != group.Width || values.Any(v => !double.IsFinite(v)))
                throw new CompressionException($"'{group.Name}' has {group.Width} channels and was given {values.Length} scores, or some that are no finite numbers.");
        }

        return new(groups, scores.ToDictionary(s => s.Key, s => (double[])s.Value.Clone()));
    }

    /// <summary>The scores of a group's channels, or <see langword="null"/> where the criterion says nothing.</summary>
    public IReadOnlyList<double>? this[ChannelGroup group] => scores.GetValueOrDefault(group);

    private static double Reduce(IEnumerable<double> values, ScoreReduction reduction) => reduction switch
    {
        ScoreReduction.Sum => values.Sum(),
        ScoreReduction.Max => values.Max(),
        ScoreReduction.Mean => values.Average(),
        _ => throw new CompressionException($"reduction is {reduction}; allowed: {string.Join(", ", Enum.GetNames<ScoreReduction>())}."),
    };

    private static double[] Normalize(double[] values, ScoreNormalization normalization)
    {
        var divisor = normalization switch
        {
            ScoreNormalization.None => 1,
            ScoreNormalization.Mean => values.Average(),
            ScoreNormalization.Max => values.Max(),
            _ => throw new CompressionException($"normalization is {normalization}; allowed: {string.Join(", ", Enum.GetNames<ScoreNormalization>())}."),
        };
        return divisor > 0 ? Array.ConvertAll(values, v => v / divisor) : values;
    }
}
