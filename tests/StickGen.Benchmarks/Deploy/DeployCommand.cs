using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StickGen.Benchmarks.Measuring;
using StickGen.Benchmarks.Networks;
using StickGen.Deployment;
using StickGen.Kernels;
using StickGen.Kernels.Vnni;

namespace StickGen.Benchmarks.Deploy;

/// <summary>
/// Inference, batch 1: StickGen int8, ONNX Runtime int8 and float32, TorchSharp float32, in one process, in turn. Of the two forms of
/// int8 weights that ONNX Runtime takes the faster counts, and it is said how many of its results differ.
/// </summary>
internal static class DeployCommand
{
    private const int Rounds = 200;

    public static int Run(ReadOnlySpan<string> arguments)
    {
        if (SleepingThreads.RunAgain() is { } exitCode)
            return exitCode;
        DeployOptions options;
        try
        {
            options = DeployOptions.Parse(arguments);
            if (options.OrtIsa == "avx2")
            {
                MaskedOnnxRuntime.Use();
                Environment.SetEnvironmentVariable(KernelSelector.Variable, Environment.GetEnvironmentVariable(KernelSelector.Variable) ?? "avx2");
            }
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }

        var rounds = options.Quick ? Rounds / 10 : Rounds;
        var report = new Report();
        var instructionSet = InstructionSet();
        report.Add("isa", instructionSet);
        report.Add("cpu_has", CpuHas());
        report.Add("ort_isa", options.OrtIsa);
        report.Add("cores", Environment.ProcessorCount);
        MachineFigures(report, rounds, usesVnni: instructionSet == VnniKernels.Instance.Name);
        foreach (var threads in options.Threads)
        {
            var ratios = options.Networks.Select(network => NetworkBenchmark.Measure(network, threads, rounds, report)).ToArray();
            report.Add($"geomean.t{threads}.ratio_to_ort_int8", GeometricMean(ratios.Select(r => r.ToOrtInt8)));
            report.Add($"geomean.t{threads}.ratio_to_ort_fp32", GeometricMean(ratios.Select(r => r.ToOrtFloat)));
            report.Add($"geomean.t{threads}.ratio_to_torchsharp_fp32", GeometricMean(ratios.Select(r => r.ToTorchSharp)));
        }

        if (options.Report is { } path)
            report.Save(path);
        return 0;
    }

    private static string InstructionSet()
    {
        using var model = QuantizedModel.FromGraph(Network.Convolution3x3());
        return model.InstructionSet;
    }

    /// <summary>What other runtimes may use besides.</summary>
    private static string CpuHas()
    {
        var (_, ebx, ecx, _) = X86Base.IsSupported ? X86Base.CpuId(7, 0) : default;
        var (eax, _, _, _) = X86Base.IsSupported ? X86Base.CpuId(7, 1) : default;
        (string Name, bool Has)[] sets =
        [
            ("avx2", Avx2.IsSupported), ("avx512", (ebx & (1 << 16)) != 0), ("avx512_vnni", (ecx & (1 << 11)) != 0), ("avx_vnni", (eax & (1 << 4)) != 0),
        ];
        return string.Join(' ', sets.Where(s => s.Has).Select(s => s.Name));
    }

    /// <summary>The peak, the bandwidth, and what a convolution makes of the peak: of each the fastest round, which nothing interrupted.</summary>
    private static unsafe void MachineFigures(Report report, int rounds, bool usesVnni)
    {
        if (!Avx2.IsSupported)
            return;
        const long MultiplyAccumulates = 64L * 56 * 56 * 64 * 9;
        // Only the layer's own step: quantization and layout would be neighbours' work in a network.
        var convolution = new LayerStep(Network.Convolution3x3(), "conv");
        var (inputs, weights) = (Vector256.Create((byte)3), Vector256.Create((sbyte)-5));
        var memory = MachineLimits.AllocateMemory();
        var times = InterleavedRounds.Measure(
            rounds * 2,
            settle: false,
            () => MachineLimits.MultiplyBytes(inputs, weights),
            () => MachineLimits.Read(memory),
            convolution.Run,
            () =>
            {
                if (VnniPeak.IsSupported)
                    VnniPeak.Run();
            });
        NativeMemory.Free(memory);
        // That of the instructions that StickGen uses.
        var peak = usesVnni ? VnniPeak.MultiplyAccumulates / times[3][0] : MachineLimits.MultiplyAccumulates / times[0][0];
        report.Add("int8_peak_gmac_per_s", peak / 1000);
        report.Add("int8_peak_instruction", usesVnni ? "vpdpbusd" : "vpmaddubsw");
        report.Add("memory_read_gb_per_s", MachineLimits.BytesRead / times[1][0] / 1000);
        report.Add("conv3x3_64x56x56_us", times[2][0]);
        report.Add("conv3x3_64x56x56_fraction_of_peak", MultiplyAccumulates / times[2][0] / peak);
    }

    private static double GeometricMean(IEnumerable<double> ratios) => Math.Exp(ratios.Average(Math.Log));
}
