using System.Diagnostics;
using System.Globalization;
using StickGen.Compression;
using StickGen.Deployment;
using StickGen.PostTraining;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Quantizes a kept model, and measures what is lost and gained.</summary>
internal sealed class QuantizationRun(LanguageModel kind, Method method, CommandLine command, CancellationToken stop)
{
    private const int BatchSize = 8;

    public QuantizationReport Run()
    {
        set_num_threads(command.Threads);
        var precision = command.Precision.Checked();
        // What contradicts itself fails here, before anything is read.
        var algorithm = new PostTrainingQuantization(new() { Weights = precision.Weights, Activations = precision.Activations, Steps = method.Steps, KeyValueCache = precision.KeyValueCache });
        if (command.Deployed is { } deployed && (!CanDeploy(precision) || Directory.Exists(deployed)))
            throw new ArgumentException(CanDeploy(precision) ? $"--deployed is '{deployed}', which is a folder; a file is expected." : "--deployed is not possible with --kv-cache: such a model cannot be deployed.");
        using var kept = new KeptModel(kind, command);
        var fp32 = Perplexity.Of(kept.Model, kept.Text.HeldOut, kind.Context, stop);

        var quantized = kind.Compress(kept.Model, algorithm);
        using var variant = quantized.Module;
        var clock = Stopwatch.StartNew();
        var data = CalibrationData(kept.Text.Calibration);
        var result = algorithm.Calibrate(quantized.Variant, data, progress: new Progress(), cancellation: stop);
        var seconds = clock.Elapsed.TotalSeconds;
        data.ForEach(batch => batch.Dispose());
        var perplexity = Perplexity.Of(variant, kept.Text.HeldOut, kind.Context, stop);
        var report = new QuantizationReport
        {
            Model = kind.Name,
            Method = method.Name,
            WeightBits = precision.WeightBits,
            ActivationBits = precision.ActivationBits,
            StaticActivations = precision.IsStatic,
            GroupSize = precision.GroupSize,
            Asymmetric = precision.IsAsymmetric,
            KvCache = precision.KeyValueCacheName,
            Fp32Perplexity = fp32.Value,
            QuantizedPerplexity = perplexity.Value,
            PerplexityBootstrapInterval = ToArray(Bootstrap.Interval(perplexity, command.Seed)),
            IncreaseBootstrapInterval = ToArray(Bootstrap.IntervalOfIncrease(fp32, perplexity, command.Seed)),
            BlockMse = [.. result.Blocks.Select(block => block.MeanSquaredError)],
            Fp32Bytes = result.FloatBytes,
            QuantizedBytes = result.QuantizedBytes,
            PeakRssBytes = 0,
            CalibrationTokens = command.CalibrationWindows * kind.Context,
            CalibrationSeconds = Math.Round(seconds, 1),
            Notes = result.Notes,
            Machine = Machine.Describe(),
            Command = command.Command,
            SegmentLosses = string.Join(' ', perplexity.Losses.Select(loss => loss.ToString("0.00000", CultureInfo.InvariantCulture))),
            TokensInSegment = perplexity.TokensInSegment,
        };
        return Deploy(report, algorithm, quantized, kept) with { PeakRssBytes = PeakMemory() };
    }

    /// <summary>Whether the runtime has what the variant computes.</summary>
    private static bool CanDeploy(Precision precision) => precision.KeyValueCache == KeyValuePrecision.Float;

    private QuantizationReport Deploy(
        QuantizationReport report, PostTrainingQuantization algorithm, (nn.Module<Tensor, Tensor> Module, IFakeQuantized Variant) quantized, KeptModel kept)
    {
        using var hosted = HostedModel.Create(kind, kept.Model, algorithm, quantized);
        var (fp32, decoder) = ((ITokenDecoder)kept.Model, (ITokenDecoder)hosted);
        var format = CacheFormat.Of(algorithm, quantized.Variant);
        using var reading = new CachedReading(decoder, format);
        var perplexity = Perplexity.Of(format.Precision == KeyValuePrecision.Float ? hosted : reading, kept.Text.HeldOut, kind.Context, stop);
        using var deployed = CanDeploy(command.Precision) ? QuantizedModel.FromGraph(algorithm.ToGraph(quantized.Variant)) : null;
        if (command.Deployed is { } file)
            deployed!.Save(file);
        List<DecodeTurn> turns = [DecodeTurn.Of(fp32, CacheFormat.Float), DecodeTurn.Of(decoder, format)];
        if (deployed is not null)
            turns.Add(DecodeTurn.Of(deployed.CreateDecoder(kind.Context)));
        var speeds = DecodeSpeed.Measure(turns, kept.Text.Calibration, stop);
        using var cache = decoder.NewCache(format);
        using var floats = decoder.NewCache();
        report = report with { KvCacheBytes = cache.MemoryBytes, Fp32KvCacheBytes = floats.MemoryBytes };
        report = report with { DeployedPerplexity = perplexity.Value, Fp32DecodeTokensPerS = Math.Round(speeds[0], 1), DecodeTokensPerS = Math.Round(speeds[1], 1) };
        if (deployed is null)
            return report;
        using var runtime = new QuantizedModule(deployed);
        return report with { RuntimePerplexity = Perplexity.Of(runtime, kept.Text.HeldOut, kind.Context, stop).Value, RuntimeDecodeTokensPerS = Math.Round(speeds[2], 1) };
    }

    /// <summary>Pieces of one context each, spread over the text for calibration.</summary>
    private List<Tensor> CalibrationData(int[] text)
    {
        var windows = new TokenWindows(text, kind.Context);
        if (windows.Count < command.CalibrationWindows)
            throw new ArgumentException($"--calibration is {command.CalibrationWindows}; the text for it has {windows.Count} pieces of {kind.Context} tokens.");
        var chosen = Enumerable.Range(0, command.CalibrationWindows).Select(i => i * windows.Count / command.CalibrationWindows);
        return [.. chosen.Chunk(BatchSize).Select(indices =>
        {
            var batch = windows.GetBatch(indices);
            batch.Target.Dispose();
            return batch.Input;
        })];
    }

    private static double[] ToArray((double Low, double High) interval) => [interval.Low, interval.High];

    private static long PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    private sealed class Progress : IProgress<PostTrainingProgress>
    {
        public void Report(PostTrainingProgress value) =>
            Console.WriteLine(FormattableString.Invariant($"block {value.Done} of {value.Blocks}: error {value.Block.MeanSquaredError:E3}, relative {value.Block.RelativeError:E3}"));
    }
}
