using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>
/// The time of one image, one thread, on both sides. They take turns: a round of the int8 model in its process, then a round
/// of the float model in this one, so that whatever else the machine does meets both. Medians of medians.
/// </summary>
internal static class Benchmark
{
    private const int Rounds = 30, ImagesPerRound = 400, WarmupRounds = 3;

    /// <summary>In microseconds.</summary>
    public static (double Int8, double Float) Run(DeployedProgram deployed, LeNet5 model, Mnist digits, CancellationToken stop)
    {
        set_num_threads(1);
        model.eval();
        List<double> int8 = [], real = [];
        for (var round = 0; round < WarmupRounds + Rounds; round++)
        {
            stop.ThrowIfCancellationRequested();
            var first = round * ImagesPerRound % digits.Count;
            int8.Add(deployed.MeasureRound(first, ImagesPerRound));
            real.Add(MeasureRound(model, digits, first));
        }

        return (Median(int8.Skip(WarmupRounds)), Median(real.Skip(WarmupRounds)));
    }

    private static double MeasureRound(LeNet5 model, Mnist digits, int first)
    {
        using var inference = inference_mode();
        using var inputs = NewDisposeScope();
        var images = Enumerable.Range(first, ImagesPerRound)
            .Select(image => tensor(digits.Pixels(image % digits.Count, 1), [1, 1, Mnist.Side, Mnist.Side]))
            .ToArray();
        return Median(images.Select(image =>
        {
            var start = Stopwatch.GetTimestamp();
            using (NewDisposeScope())
                model.call(image);
            return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }));
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
