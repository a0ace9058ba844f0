using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>A mean over samples.</summary>
/// <param name="name">The name of the metric.</param>
/// <param name="sum">The sum of the measured value over the samples of a batch: a function of output, batch and loss.</param>
public class MeanMetric(string name, Func<Tensor, Batch, double, double> sum) : Metric(name)
{
    private double total, count;

    /// <inheritdoc/>
    public override double Value => total / count;

    /// <inheritdoc/>
    public override double[] State
    {
        get => [total, count];
        set => (total, count) = value is [var newTotal, var newCount]
            ? (newTotal, newCount)
            : throw new ArgumentException($"{value.Length} numbers; a total and a count are expected.", nameof(value));
    }

    /// <inheritdoc/>
    public override void Update(Tensor output, Batch batch, double loss)
    {
        total += sum(output, batch, loss);
        count += batch.Count;
    }

    /// <inheritdoc/>
    public override void Reset() => total = count = 0;
}

/// <summary>The mean loss of a sample. Its name is <c>loss</c>.</summary>
public sealed class LossMetric() : MeanMetric("loss", static (_, batch, loss) => loss * batch.Count);

/// <summary>
/// The share of samples, in percent, whose largest output is that of their class; among equal outputs the first one counts.
/// The output is [N, classes], the target [N]. Its name is <c>accuracy</c>.
/// </summary>
public sealed class AccuracyMetric() : MeanMetric("accuracy", static (output, batch, _) => 100.0 * CorrectCount(output, batch))
{
    private static long CorrectCount(Tensor output, Batch batch)
    {
        if (output.dim() != 2 || batch.Target.dim() != 1)
            throw new ArgumentException($"accuracy is of outputs [N, classes] and targets [N]; they are [{string.Join(", ", output.shape)}] and [{string.Join(", ", batch.Target.shape)}].");
        using var prediction = output.argmax(1);
        using var correct = prediction.eq(batch.Target);
        using var count = correct.sum();
        return count.item<long>();
    }
}
