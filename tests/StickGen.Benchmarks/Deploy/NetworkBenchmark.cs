using StickGen.Benchmarks.Measuring;
using StickGen.Benchmarks.Networks;
using StickGen.Onnx;
using TorchSharp;

namespace StickGen.Benchmarks.Deploy;

/// <summary>One network with one number of threads.</summary>
internal static class NetworkBenchmark
{
    private const string Signed = "ort_int8_s8";
    private const string Unsigned = "ort_int8_u8";

    /// <summary>StickGen's time as a fraction of others'.</summary>
    internal sealed record Ratios(double ToOrtInt8, double ToOrtFloat, double ToTorchSharp);

    public static Ratios Measure(Network network, int threads, int rounds, Report report)
    {
        var key = $"{network.Name}.t{threads}";
        var graph = network.Build();
        var twin = FloatTwin.Of(graph);
        var forOnnx = FusibleForm.Of(graph);
        var random = new Random(7);
        var input = new float[graph.Inputs[0].Shape!.ElementCount.Size];
        foreach (ref var value in input.AsSpan())
            value = (random.NextSingle() * 3) - 1.5f;

        torch.set_num_threads(threads);
        IContender[] contenders =
        [
            new StickGenContender(graph, input, threads),
            new OnnxContender(Signed, forOnnx, SignedWeights.Always, input, threads),
            new OnnxContender(Unsigned, forOnnx, SignedWeights.WhereSafe, input, threads),
            new OnnxContender("ort_fp32", twin, SignedWeights.WhereSafe, input, threads),
            new TorchContender(twin, input),
        ];
        var times = InterleavedRounds.Measure(rounds, settle: threads > 1, [.. contenders.Select<IContender, Action>(c => c.Run)]);
        var medians = contenders.Select((c, i) => (c.Name, Time: InterleavedRounds.Median(times[i]))).ToDictionary(c => c.Name, c => c.Time);
        for (var i = 0; i < contenders.Length; i++)
        {
            report.Add($"{key}.{contenders[i].Name}_us", medians[contenders[i].Name]);
            report.Add($"{key}.{contenders[i].Name}_min_us", times[i][0]);
        }

        var fastest = medians[Signed] < medians[Unsigned] ? Signed : Unsigned;
        var best = contenders.Single(c => c.Name == fastest);
        report.Add($"{key}.ort_int8_us", medians[fastest]);
        report.Add($"{key}.ort_int8_form", fastest[^2..]);
        report.Add($"{key}.ort_int8_mismatches", Mismatches(contenders[0].Output, best.Output));
        report.Add($"{key}.outputs", contenders[0].Output.Length);
        report.Add($"{key}.allocated_bytes_per_run", Allocated(contenders[0]));

        var own = medians["stickgen"];
        var ratios = new Ratios(own / medians[fastest], own / medians["ort_fp32"], own / medians["torchsharp_fp32"]);
        report.Add($"{key}.ratio_to_ort_int8", ratios.ToOrtInt8);
        report.Add($"{key}.ratio_of_minima_to_ort_int8", times[0][0] / times[Array.IndexOf(contenders, best)][0]);
        report.Add($"{key}.ratio_to_ort_fp32", ratios.ToOrtFloat);
        report.Add($"{key}.ratio_to_torchsharp_fp32", ratios.ToTorchSharp);
        foreach (var contender in contenders)
            contender.Dispose();
        return ratios;
    }

    /// <summary>Results are steps of a float32 scale, or close to one another if all integers are the same.</summary>
    private static int Mismatches(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var count = 0;
        for (var i = 0; i < left.Length; i++)
            count += MathF.Abs(left[i] - right[i]) > 1e-5f * MathF.Max(1, MathF.Abs(left[i])) ? 1 : 0;
        return count;
    }

    private static long Allocated(IContender contender)
    {
        const int Runs = 20;
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Runs; i++)
            contender.Run();
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Runs;
    }
}
