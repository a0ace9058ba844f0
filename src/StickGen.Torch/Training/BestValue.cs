using System.Text.Json.Nodes;

namespace StickGen.Training;

/// <summary>The best value of a validation metric so far, and how many epochs it has been the best.</summary>
internal sealed class BestValue(string metric, MetricGoal goal, double minimumChange)
{
    public double? Value { get; private set; }

    /// <summary>The epoch that it is of, from 0.</summary>
    public int Epoch { get; private set; } = -1;

    /// <summary>Begins a run, or goes on with one. Fails if the metric can never be looked at.</summary>
    public void Begin(TrainingContext context, string who)
    {
        // What an earlier run of the same trainer reached says nothing about this one.
        if (!context.IsResumed)
            (Value, Epoch) = (null, -1);
        if (!context.HasValidation)
            throw new ArgumentException($"{who} watches the validation's '{metric}', but this run has no validation data.");
        if (context.Metrics.All(value => value.Key != metric))
        {
            throw new ArgumentException(
                $"{who} watches '{metric}', which is no metric of this run; there are: {string.Join(", ", context.Metrics.Select(value => value.Key))}.");
        }
    }

    /// <summary>Takes the epoch that just ended into account, and says whether it is the best one. NaN never is.</summary>
    public bool Update(TrainingContext context)
    {
        var value = context.Validation![metric];
        var isBetter = Value is not { } best
            ? !double.IsNaN(value)
            : goal == MetricGoal.Minimize ? value < best - minimumChange : value > best + minimumChange;
        if (isBetter)
            (Value, Epoch) = (value, context.Epoch);
        return isBetter;
    }

    // As bits: JSON has no infinity, and a resumed run has to compare with exactly this value.
    public JsonNode Save() => new JsonObject
    {
        ["value"] = Value is { } value ? BitConverter.DoubleToInt64Bits(value) : null,
        ["epoch"] = Epoch,
    };

    public void Load(JsonNode state)
    {
        Value = state["value"] is { } bits ? BitConverter.Int64BitsToDouble((long)bits) : null;
        Epoch = (int)state["epoch"]!;
    }
}
