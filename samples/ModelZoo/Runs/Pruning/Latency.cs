using System.Diagnostics;
using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Pipelines;
using StickGen.Training;
using static TorchSharp.torch;

/// <summary>
/// The time of one image in StickGen.Runtime, on one thread, in one network as a share of that in another. Both are quantized to eight bits with ranges
/// of the same images. They take turns, so that whatever else the machine does meets both, and the shortest of many runs counts.
/// </summary>
internal static class Latency
{
    private const int Warmup = 20, Runs = 400;

    /// <returns>The ratio, or <see langword="null"/> where the integer model has no form for an operation.</returns>
    public static double? Ratio(ICompressible smaller, ICompressible original, IDataset images, Shape[] shapes, string folder, CancellationToken stop)
    {
        try
        {
            using var first = Quantize(smaller, images, shapes, Path.Combine(folder, "latency-smaller"));
            using var second = Quantize(original, images, shapes, Path.Combine(folder, "latency-original"));
            return Ratio(first.Quantized!, second.Quantized!, images, stop);
        }
        catch (CompressionException e)
        {
            Console.WriteLine($"no latency: {e.Message}");
            return null;
        }
    }

    private static double Ratio(QuantizedModel first, QuantizedModel second, IDataset images, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var pixels = images.GetBatch([0]).Input.data<float>().ToArray();
        var result = new float[first.OutputLength(pixels.Length)];
        var (shortest, reference) = (long.MaxValue, long.MaxValue);
        for (var i = 0; i < Warmup + Runs; i++)
        {
            stop.ThrowIfCancellationRequested();
            var (time, other) = (Time(first), Time(second));
            if (i >= Warmup)
                (shortest, reference) = (Math.Min(shortest, time), Math.Min(reference, other));
        }

        return (double)shortest / reference;

        long Time(QuantizedModel model)
        {
            var start = Stopwatch.GetTimestamp();
            model.Run(pixels, result);
            return Stopwatch.GetTimestamp() - start;
        }
    }

    /// <summary>The integer model; ranges are those of some training images.</summary>
    private static PipelineResult Quantize(ICompressible model, IDataset images, Shape[] shapes, string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var plan = new CompressionPlan { Steps = [new SimulatedQuantizationStep { CalibrationBatches = 2 }] };
        return new CompressionPipeline(plan, new(images, Losses.CrossEntropy), folder).Run(model, shapes);
    }
}
