using System.Diagnostics;
using System.Globalization;
using StickGen.Benchmarks.Decode;
using StickGen.Benchmarks.Networks;
using StickGen.Deployment;
using StickGen.Kernels;
using StickGen.Planning;

namespace StickGen.Benchmarks.Deploy;

/// <summary>The time of each step of StickGen's plan for a network, one thread: the fastest of many runs.</summary>
internal static class LayersCommand
{
    private const int Runs = 60;

    public static int Run(string name)
    {
        if (DecoderForm.All.FirstOrDefault(f => name == $"decoder-{f.Name}") is { } form)
        {
            using var decoder = new DeployedDecoder(form, threads: 1);
            Print(decoder.Plan, decoder.Cache);
            return 0;
        }

        if (Network.All.FirstOrDefault(n => n.Name == name) is not { } network)
        {
            Console.Error.WriteLine($"There is no network '{name}'; there are {string.Join(", ", [.. Network.All.Select(n => n.Name), .. DecoderForm.All.Select(f => $"decoder-{f.Name}")])}.");
            return 2;
        }

        var kernels = KernelSelector.Select();
        Print(Lowering.Lower(GraphBinder.Bind(network.Build(), [], []), kernels, new PackedWeights(kernels), threads: 1), cache: null);
        return 0;
    }

    private static void Print(Plan plan, KeyValueCache? cache)
    {
        var memory = GC.AllocateArray<byte>(plan.MemoryBytes, pinned: true);
        var fastest = Enumerable.Repeat(double.MaxValue, plan.Steps.Length).ToArray();
        for (var run = 0; run < Runs; run++)
        {
            // Inputs too: where they were, other values are by the end of a run.
            memory.AsSpan().Clear();
            for (var step = 0; step < plan.Steps.Length; step++)
            {
                var start = Stopwatch.GetTimestamp();
                plan.Steps[step].RunAll(new Frame(memory, cache));
                fastest[step] = Math.Min(fastest[step], Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
        }

        for (var step = 0; step < fastest.Length; step++)
        {
            var value = plan.TracePoints.FirstOrDefault(p => p.AfterStep == step)?.Value;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{fastest[step],10:F1} us  {value?.ToString() ?? "(layout or result)"}"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{fastest.Sum(),10:F1} us  together"));
    }
}
