using System.Text.Json.Nodes;

namespace StickGen.Training;

/// <summary>
/// Ends training when a metric of the validation has not become better for some epochs (Prechelt, "Early stopping - but when?", 1998).
/// </summary>
public sealed class EarlyStopping : TrainingCallback, IResumableCallback
{
    private readonly BestValue best;
    private readonly int patience;

    /// <param name="patience">Epochs in a row without a better value after which training ends; at least 1.</param>
    /// <param name="metric">The name of the metric.</param>
    /// <param name="goal">Which of its values are better.</param>
    /// <param name="minimumChange">By how much a value has to be better than the best one to count; 0 or more.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public EarlyStopping(int patience, string metric = "loss", MetricGoal goal = MetricGoal.Minimize, double minimumChange = 0)
    {
        Require.AtLeast(1, patience);
        Require.InRange(0, double.MaxValue, minimumChange);
        this.patience = patience;
        best = new(metric, goal, minimumChange);
        StateName = $"early stopping by {metric}";
    }

    /// <summary>The best value so far; <see langword="null"/> before the first validation.</summary>
    public double? BestMetric => best.Value;

    /// <summary>The epoch that it is of, from 0; −1 before the first validation.</summary>
    public int BestEpoch => best.Epoch;

    /// <inheritdoc/>
    public string StateName { get; }

    /// <inheritdoc/>
    public JsonNode SaveState() => best.Save();

    /// <inheritdoc/>
    public void LoadState(JsonNode state) => best.Load(state);

    /// <inheritdoc/>
    public override void OnTrainingStart(TrainingContext context) => best.Begin(context, "early stopping");

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingContext context)
    {
        best.Update(context);
        if (context.Epoch - best.Epoch >= patience)
            context.RequestStop();
    }
}
