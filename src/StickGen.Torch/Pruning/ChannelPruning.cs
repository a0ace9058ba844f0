using System.Text.Json.Nodes;
using StickGen.Compression;
using StickGen.Training;

namespace StickGen.Pruning;

/// <summary>
/// Removes the channels that a criterion finds least important: at once, or in several steps with an epoch of training between them
/// (Han et al. 2015; Li et al. 2017). What is masked in one step stays masked in the next.
/// </summary>
/// <param name="criterion">How channels are scored.</param>
/// <param name="options">How much is removed.</param>
/// <param name="steps">The number of steps: one when the algorithm is applied, one at the beginning of each of the following epochs.</param>
/// <param name="shape">How the ratio grows over the steps.</param>
public sealed class ChannelPruning(
    ImportanceCriterion criterion, SelectionOptions options, int steps = 1, ScheduleShape shape = ScheduleShape.Cubic) : PruningAlgorithm
{
    private int step;

    /// <inheritdoc/>
    public override string Name => criterion.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<ITrainingCallback> Callbacks => steps == 1 ? [] : [new Stepping(this)];

    /// <inheritdoc/>
    protected override ChannelSelection Select()
    {
        while (step < steps)
            Advance();
        return State.Selection;
    }

    /// <inheritdoc/>
    protected override void OnApplied()
    {
        if (criterion is TaylorCriterion)
            throw new CompressionException(
                $"{criterion.Name} needs gradients, and a variant that was just made has none. Call backward on a loss of the model, score it by Importance.Of, select, and mask the selection in the variant's State.");
        step = 0;
        Advance();
    }

    private void Advance()
    {
        var ratio = new PruningSchedule(options.Ratio, steps, shape).RatioAfter(++step);
        var groups = State.Groups;
        var importance = Importance.Of(groups, criterion);
        // Less than any score: masked channels are removed first.
        var scores = groups.Prunable.Where(g => importance[g] is not null).ToDictionary(g => g, g => Scores(g, importance[g]!));
        State.Mask(ChannelSelector.Select(Importance.From(groups, scores), options with { Ratio = ratio }));
    }

    private double[] Scores(ChannelGroup group, IReadOnlyList<double> scores)
    {
        var kept = State.Selection.Kept(group).ToHashSet();
        return [.. scores.Select((score, channel) => kept.Contains(channel) ? score : -1)];
    }

    /// <summary>Takes the steps that are due at the beginning of an epoch, also of one that a run resumes in.</summary>
    private void AdvanceTo(int epoch)
    {
        while (step < Math.Min(epoch + 1, steps))
            Advance();
    }

    /// <summary>Steps that were taken are kept: from later weights they would choose other channels.</summary>
    private sealed class Stepping(ChannelPruning algorithm) : TrainingCallback, IResumableCallback
    {
        public string StateName => "channel pruning";

        public JsonNode SaveState() => new JsonObject { ["step"] = algorithm.step, ["mask"] = algorithm.State.Selection.ToJson() };

        public void LoadState(JsonNode state)
        {
            algorithm.step = (int)state["step"]!;
            algorithm.State.Mask(MaskFile.FromJson(algorithm.State.Groups, (string)state["mask"]!));
        }

        public override void OnEpochStart(TrainingContext context) => algorithm.AdvanceTo(context.Epoch);
    }
}
