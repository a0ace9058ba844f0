using System.Globalization;
using StickGen.Compression;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>How much longer a training step with SimQAT takes than one in float, for each way to fold batch normalization.</summary>
internal static class StepTimeCheck
{
    /// <summary>What is measured, and the greatest ratio to float that is allowed.</summary>
    private static readonly (string Network, string Data, BatchNormFold Fold, double Limit)[] All =
    [
        ("resnet20-full", "fashion-mnist", BatchNormFold.OneConvFold, 1.35),
        ("resnet20-full", "fashion-mnist", BatchNormFold.TwoConvFold, 2.2),
        // It has no batch normalization.
        ("lenet5", "mnist", BatchNormFold.OneConvFold, 1.2),
    ];

    /// <summary>Measures, prints, and says whether all ratios are within their limits.</summary>
    public static bool Run(CommandLine command, CancellationToken stop)
    {
        set_num_threads(command.Threads);
        manual_seed(command.Seed).Dispose();
        var results = All.GroupBy(entry => (entry.Network, entry.Data)).SelectMany(group => Measure([.. group], command, stop)).ToList();
        if (command.Report is { } file)
            StepTimeResult.Save(results, file);
        return results.TrueForAll(result => result.Ratio <= result.Limit);
    }

    private static IEnumerable<StepTimeResult> Measure((string Network, string Data, BatchNormFold Fold, double Limit)[] entries, CommandLine command, CancellationToken stop)
    {
        // Only the shape of the images matters here.
        var run = global::Run.Of(entries[0].Network, entries[0].Data, "simqat");
        using var model = run.Network.Create(run.Data.Size);
        using var images = Random(run.Data.Size);
        var fakes = entries.Select(entry =>
            run.Network.Compress(model, run.Data.Size, new SimulatedQuantization(new() { BatchNormFold = entry.Fold }))).ToList();
        var networks = fakes.Select(fake => (fake.Module, (LossFunction)Losses.CrossEntropy)).Prepend((model, Losses.CrossEntropy)).ToList();
        var times = StepTime.Measure(networks, images, run.Recipe, command.Steps, stop);
        fakes.ForEach(fake => fake.Dispose());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{run.Network.Name}, batches of {StepTime.BatchSize}, {command.Threads} threads: fp32 {times[0].Shortest:0.0} ms, median {times[0].Median:0.0} ms"));
        for (var i = 0; i < entries.Length; i++)
        {
            var (entry, time) = (entries[i], times[i + 1]);
            var result = new StepTimeResult(
                entry.Network, $"{entry.Fold}", StepTime.BatchSize, command.Threads, command.Steps, times[0].Shortest, time.Shortest, time.Shortest / times[0].Shortest, entry.Limit, Machine.Describe());
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  simqat 8/8, {entry.Fold}: {time.Shortest:0.0} ms, median {time.Median:0.0} ms; {result.Ratio:0.00} times fp32, by medians {time.Median / times[0].Median:0.00}; at most {entry.Limit:0.00}"));
            yield return result;
        }
    }

    private static InMemoryDataset Random(ImageSize size) =>
        new(rand(StepTime.BatchSize, size.Channels, size.Side, size.Side), randint(10, [StepTime.BatchSize], dtype: ScalarType.Int64));
}
