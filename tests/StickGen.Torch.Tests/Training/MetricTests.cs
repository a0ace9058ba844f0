using System.Text.Json;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Training;

public sealed class MetricTests
{
    [Fact]
    public void Accuracy_is_the_share_of_largest_outputs_in_percent_over_all_batches()
    {
        var accuracy = new AccuracyMetric();
        Update(accuracy, new float[,] { { 1, 0, 0 }, { 0, 2, 1 }, { 0, 2, 3 } }, 0, 1, 0);
        Update(accuracy, new float[,] { { 5, 6, 7 } }, 2);
        Assert.Equal(75.0, accuracy.Value);
    }

    [Fact]
    public void Of_equal_outputs_the_first_counts()
    {
        var accuracy = new AccuracyMetric();
        Update(accuracy, new float[,] { { 3, 3, 1 }, { 1, 3, 3 }, { 0, 0, 0 } }, 0, 1, 0);
        Assert.Equal(100.0, accuracy.Value);
    }

    [Fact]
    public void Shapes_that_would_broadcast_are_refused()
    {
        using var batch = NewDisposeScope();
        var column = new Batch(zeros(4, 1), zeros(4, 1));
        Assert.Contains("[4, 1] and [4, 1]", Assert.Throws<ArgumentException>(() => new AccuracyMetric().Update(zeros(4, 1), column, 0)).Message);
        Assert.Contains("[4] and the target [4, 1]", Assert.Throws<ArgumentException>(() => Losses.MeanSquaredError(zeros(4), column)).Message);
    }

    [Fact]
    public void The_loss_is_weighted_by_the_size_of_the_batches()
    {
        var loss = new LossMetric();
        Update(loss, new float[2, 1], [0, 0], 1.5);
        Update(loss, new float[1, 1], [0], 3);
        Assert.Equal(2.0, loss.Value);
    }

    [Fact]
    public void Without_samples_there_is_no_value() => Assert.True(double.IsNaN(new AccuracyMetric().Value));

    [Fact]
    public void A_state_goes_on_where_it_was()
    {
        var first = new AccuracyMetric();
        Update(first, new float[,] { { 1, 0 }, { 1, 0 }, { 1, 0 } }, 0, 0, 1);
        var second = new AccuracyMetric { State = first.State };
        foreach (var metric in new[] { first, second })
            Update(metric, new float[,] { { 1, 0 } }, 0);
        Assert.Equal(75.0, second.Value);
        Assert.Equal(first.Value, second.Value);
        first.Reset();
        Assert.True(double.IsNaN(first.Value));
    }

    [Fact]
    public void Values_are_found_by_name_and_printed_in_order()
    {
        var values = new MetricValues([new("loss", 0.03125), new("accuracy", 99.1)]);
        Assert.Equal(99.1, values["accuracy"]);
        Assert.Equal("loss 0.0313, accuracy 99.10", values.ToString());
        Assert.Contains("no metric 'f1' but: loss, accuracy", Assert.Throws<KeyNotFoundException>(() => values["f1"]).Message);
    }

    [Fact]
    public void Values_survive_json()
    {
        var json = JsonSerializer.Serialize(new MetricValues([new("loss", 0.1), new("accuracy", 99.1)]));
        Assert.Equal("""{"loss":0.1,"accuracy":99.1}""", json);
        Assert.Equal(99.1, JsonSerializer.Deserialize<MetricValues>(json)!["accuracy"]);
    }

    private static void Update(Metric metric, float[,] output, params long[] target) => Update(metric, output, target, 0);

    private static void Update(Metric metric, float[,] output, long[] target, double loss)
    {
        using var scope = NewDisposeScope();
        metric.Update(tensor(output), new(torch.zeros(target.Length, 1), tensor(target)), loss);
    }
}
