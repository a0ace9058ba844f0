using System.Runtime.InteropServices;
using StickGen.Benchmarks.Measuring;
using StickGen.Deployment;
using StickGen.PostTraining;
using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Benchmarks.Decode;

/// <summary>
/// Decoding token by token, batch 1, which reads all weights for each token: a decoder of 97 million weights in TorchSharp with float32 layers and with quantized ones and in StickGen.Runtime, and single
/// products of four bits beside ONNX Runtime's. All in one process, in turn.
/// </summary>
internal static class DecodeCommand
{
    private const int Rounds = 60;

    private static readonly (int Rows, int Columns)[] shapes = [(4096, 4096), (11008, 4096), (1024, 2816)];

    public static int Run(ReadOnlySpan<string> arguments)
    {
        var (file, threads, rounds) = ((string?)null, 1, Rounds);
        while (!arguments.IsEmpty)
        {
            switch (arguments)
            {
                case ["--report", var path, ..]:
                    file = path;
                    arguments = arguments[2..];
                    break;
                case ["--threads", var count, ..] when int.TryParse(count, out threads) && threads is >= 1 and <= 64:
                    arguments = arguments[2..];
                    break;
                case ["--quick", ..]:
                    rounds = Rounds / 6;
                    arguments = arguments[1..];
                    break;
                default:
                    Console.Error.WriteLine($"'{arguments[0]}' is not an option of decode, or lacks its value (--threads: 1 to 64).");
                    return 2;
            }
        }

        set_num_threads(threads);
        var report = new Report();
        report.Add("threads", threads);
        report.Add("cores", Environment.ProcessorCount);
        Decoders(report, threads, rounds);
        foreach (var (rows, columns) in shapes)
            Products(rows, columns, threads, rounds, report);
        if (file is not null)
            report.Save(file);
        return 0;
    }

    private static unsafe void Decoders(Report report, int threads, int rounds)
    {
        var forms = DecoderForm.All;
        using var reference = new DecoderModel((inputs, outputs) => nn.Linear(inputs, outputs, hasBias: false));
        var contenders = forms.Select(form => new DecoderModel((inputs, outputs) => Quantized(inputs, outputs, form.Scheme, form.Precision))).ToArray();
        var deployed = forms.Select(form => new DeployedDecoder(form, threads)).ToArray();
        var memory = MachineLimits.AllocateMemory();
        var times = InterleavedRounds.Measure(
            rounds, settle: false, [() => MachineLimits.Read(memory), reference.Step, .. contenders.Select(c => (Action)c.Step), .. deployed.Select(d => (Action)d.Step)]);
        NativeMemory.Free(memory);
        // The fastest read: the limit is what the machine can do when nothing interrupts it.
        var bandwidth = MachineLimits.BytesRead / times[0][0];
        report.Add("memory_read_gb_per_s", bandwidth / 1000);
        report.Add("decoder_weights", DecoderModel.Weights);
        var fp32 = InterleavedRounds.Median(times[1]);
        report.Add("decode.torchsharp_fp32_us", fp32);
        for (var i = 0; i < forms.Count; i++)
        {
            // What a step has to read.
            var bytes = (DecoderModel.Weights * forms[i].Scheme.Bits / 8.0) + DecoderModel.CacheBytes;
            foreach (var (name, own, others) in new[] { ("runtime", times[i + 2 + forms.Count], DeployedDecoder.FloatBytes), ("hosted", times[i + 2], 0) })
            {
                var median = InterleavedRounds.Median(own);
                report.Add($"decode.{name}.{forms[i].Name}_us", median);
                report.Add($"decode.{name}.{forms[i].Name}_speedup", fp32 / median);
                report.Add($"decode.{name}.{forms[i].Name}_fraction_of_bandwidth", (bytes + others) / own[0] / bandwidth);
            }
        }

        foreach (var contender in contenders)
            contender.Dispose();
        foreach (var decoder in deployed)
            decoder.Dispose();
    }

    private static QuantizedLinear Quantized(int inputs, int outputs, GroupScheme scheme, ActivationPrecision precision)
    {
        using var linear = nn.Linear(inputs, outputs, hasBias: false);
        return new(linear, scheme, precision);
    }

    private static void Products(int rows, int columns, int threads, int rounds, Report report)
    {
        var random = new Random(1);
        var values = new float[rows * columns];
        foreach (ref var value in values.AsSpan())
            value = random.NextSingle() - 0.5f;
        var weights = GroupedWeights.RoundToNearest(new() { Bits = 4, GroupSize = 64 }, rows, columns, values);
        var token = values[..columns];
        var matrix = new GroupQuantizedMatrix(weights);
        var output = new float[rows];
        using var exact = new OnnxBlockwiseProduct(weights, token, accuracyLevel: 0, threads);
        using var quantized = new OnnxBlockwiseProduct(weights, token, accuracyLevel: 4, threads);
        var times = InterleavedRounds.Measure(
            rounds * 4,
            settle: threads > 1,
            () => matrix.Multiply(token, output, ActivationPrecision.Float, threads),
            exact.Run,
            () => matrix.Multiply(token, output, ActivationPrecision.DynamicInt8, threads),
            quantized.Run);
        var name = $"gemv_{rows}x{columns}";
        foreach (var (form, contender, own, other) in new[] { ("w4a16", exact, 0, 1), ("w4a8", quantized, 2, 3) })
        {
            matrix.Multiply(token, output, own == 0 ? ActivationPrecision.Float : ActivationPrecision.DynamicInt8, threads);
            report.Add($"{name}.{form}_us", InterleavedRounds.Median(times[own]));
            report.Add($"{name}.{contender.Name}_us", InterleavedRounds.Median(times[other]));
            report.Add($"{name}.{form}_ratio_to_ort", InterleavedRounds.Median(times[own]) / InterleavedRounds.Median(times[other]));
            report.Add($"{name}.{form}_relative_difference_to_ort", Difference(output, contender.Output));
        }
    }

    private static double Difference(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var (squares, all) = (0.0, 0.0);
        for (var i = 0; i < left.Length; i++)
        {
            squares += Math.Pow(left[i] - right[i], 2);
            all += Math.Pow(right[i], 2);
        }

        return Math.Sqrt(squares / all);
    }
}
