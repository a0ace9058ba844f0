using StickGen.Compression;
using StickGen.Quantization;
using StickGen.Training;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>One run of <see cref="StaticQuantization"/> over a variant.</summary>
internal sealed class StaticCalibration
{
    private readonly nn.Module variant;
    private readonly FakeQuantization state;
    private readonly StaticQuantizationOptions options;
    private readonly ForwardCall model;
    private readonly List<IReadOnlyDictionary<string, Tensor>> data;
    private readonly CancellationToken cancellation;
    private readonly List<string> notes = [];

    /// <exception cref="CompressionException">There is no data, or it does not fit.</exception>
    public StaticCalibration(IFakeQuantized variant, StaticQuantizationOptions options, IReadOnlyList<Tensor[]> data, CancellationToken cancellation)
    {
        (this.variant, state, this.options, this.cancellation) = ((nn.Module)variant, variant.State, options, cancellation);
        model = new(this.variant, state.Traced.Root);
        this.data = model.Named(data);
    }

    public StaticQuantizationReport Run(string? path, IProgress<StaticQuantizationProgress>? progress)
    {
        using var evaluation = new EvaluationMode(variant);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var layers = CalibratedLayers.Of(state);
        var mode = state.Mode;
        try
        {
            Check(layers);
            var files = path is null ? null : Begin(path);
            var pairs = files?.ReadStart();
            if (pairs is null)
            {
                pairs = options.Equalize ? ChannelEqualization.Run(state, layers) : [];
                FindRanges(layers);
                files?.WriteStart(pairs);
            }

            if (options.Equalize)
                notes.AddRange(ChannelEqualization.Refusals(state, layers));
            var reports = options.IsLayerwise ? CalibrateLayers(layers, files, progress) : [];
            return new(options.Title, reports, OutputError(layers), pairs, notes);
        }
        finally
        {
            state.Mode = mode;
        }
    }

    /// <summary>Begins a run in a folder, or goes on with it.</summary>
    private StaticFiles Begin(string path)
    {
        var folder = new CalibrationFolder(path);
        folder.Begin(new StaticRun(
            state.Graph.Name, options.ToJson(), CalibrationFolder.Hash(data),
            CalibrationFolder.Hash(variant.state_dict().OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => s.Value))));
        return new(folder, variant);
    }

    /// <summary>Runs the float network once, so that what is wrong with the data or the weights is found before anything is changed.</summary>
    private void Check(CalibratedLayers layers)
    {
        foreach (var layer in layers.All)
        {
            using var scope = NewDisposeScope();
            if (!layer.FoldedWeight().isfinite().all().item<bool>() || !layer.FoldedBias().isfinite().all().item<bool>())
                throw new CompressionException($"The weight or the bias of '{layer.Name}', batch normalization folded in, has values that are not finite.");
        }

        var seen = new Dictionary<Unit, int>();
        ForEachBatch(QuantizationMode.Disabled, computed: (unit, _, result) =>
        {
            seen[unit] = seen.GetValueOrDefault(unit) + 1;
            using var scope = NewDisposeScope();
            if (result.is_floating_point() && !result.isfinite().all().item<bool>())
                throw new CompressionException($"The float network computes values that are not finite at '{unit.Name}'; calibrate with data on which it computes finite values.");
        });
        // Layer by layer, both networks are compared batch by batch.
        var needed = options.IsLayerwise ? data.Count : 1;
        if (layers.All.FirstOrDefault(l => seen.GetValueOrDefault(l.Unit) < needed) is { } idle)
            throw NotReached(idle, seen.GetValueOrDefault(idle.Unit));
    }

    /// <summary>Observes what the float network computes, batch normalization folded in, and then searches the ranges of weights.</summary>
    private void FindRanges(CalibratedLayers layers)
    {
        var enabled = state.Quantizers.Values.Where(q => q.Enabled).ToList();
        enabled.ForEach(q => q.Enabled = false);
        state.Calibrating = true;
        try
        {
            ForEachBatch(QuantizationMode.Simulated);
        }
        finally
        {
            state.Calibrating = false;
            enabled.ForEach(q => q.Enabled = true);
        }

        if (options.WeightRange != WeightRange.LeastSquares)
            return;
        foreach (var layer in layers.All)
            WeightRangeSearch.Apply(layer);
    }

    private List<StaticLayerReport> CalibrateLayers(CalibratedLayers layers, StaticFiles? files, IProgress<StaticQuantizationProgress>? progress)
    {
        notes.AddRange(layers.Shared.Select(s => $"{s.Name}: rounded to nearest, its bias as it is: {s.Reason}"));
        var reports = new List<StaticLayerReport>();
        for (var i = 0; i < layers.Own.Count; i++)
        {
            using var scope = NewDisposeScope();
            var layer = layers.Own[i];
            layer.KeepFloat();
            var report = files?.Read(i, layer);
            if (report is null)
            {
                report = Calibrate(layer, layers, i);
                files?.Write(i, layer, report);
                progress?.Report(new(i + 1, layers.Own.Count, report));
            }

            layer.KeepOwn();
            reports.Add(report);
        }

        return reports;
    }

    private StaticLayerReport Calibrate(CalibratedLayer layer, CalibratedLayers layers, int number)
    {
        var seed = Seeds.Derive(options.Seed, Seeds.Calibration, number);
        using var samples = Record(layer, layers, seed);
        var rounded = layer.Dequantize(layer.Quantizer.Steps(layer.FoldedWeight()));
        var nearest = samples.RelativeError(rounded, layer.FoldedBias());
        if (options.AdaptiveRounding is { } adaptive)
        {
            var learned = layer.Dequantize(AdaptiveRounding.Learn(layer, samples, adaptive, seed, cancellation));
            // What was learned for the soft choice need not be better once it is hard.
            if (samples.RelativeError(learned, layer.FoldedBias()) < nearest)
                rounded = learned;
            layer.SetFoldedWeight(rounded);
        }

        if (options.CorrectBias)
            layer.ShiftBias(samples.MeanError(rounded).neg());
        return new(layer.Name, layer.Quantizer.Scheme, nearest, samples.RelativeError(rounded, layer.FoldedBias()));
    }

    /// <summary>Runs both networks up to a layer, and keeps samples of what it is given.</summary>
    private LayerSamples Record(CalibratedLayer layer, CalibratedLayers layers, ulong seed)
    {
        var images = data.ConvertAll(b => b.Values.First() is { } x && x.dim() > 0 ? x.shape[0] : 1);
        var all = images.Sum();
        // As many of each batch as it has a share of the data.
        var samples = new LayerSamples(layer, seed, (batch, count) => (long)Math.Min(count, Math.Ceiling((double)options.Samples * images[batch] / all)));
        UseFloat(layers, true);
        Read(QuantizationMode.Disabled, samples.AddFloat);
        UseFloat(layers, false);
        Read(QuantizationMode.Simulated, samples.AddQuantized);
        samples.Complete();
        return samples;

        void Read(QuantizationMode mode, Action<int, Tensor> add)
        {
            var reached = 0;
            ForEachBatch(mode, (unit, inputs, _) =>
            {
                if (unit != layer.Unit)
                    return;
                add(reached++, inputs[0]);
                throw new ForwardEndedException();
            });
            // The float network reaches it with all, where the quantized one may branch otherwise.
            if (reached < data.Count)
                throw NotReached(layer, reached);
        }
    }

    private CompressionException NotReached(CalibratedLayer layer, int batches) =>
        new($"'{layer.Name}' is reached with {batches} of {data.Count} batches of the calibration data; keep it in float, or give data that reaches it.");

    /// <summary>The mean squared error of the results, divided by the mean square of those of the float network.</summary>
    private double OutputError(CalibratedLayers layers)
    {
        var (error, power) = (0.0, 0.0);
        for (var batch = 0; batch < data.Count; batch++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            UseFloat(layers, true);
            state.Mode = QuantizationMode.Disabled;
            var expected = model.Run(data[batch]);
            UseFloat(layers, false);
            state.Mode = QuantizationMode.Simulated;
            foreach (var (value, target) in model.Run(data[batch]).Zip(expected).Where(p => p.First.is_floating_point()))
            {
                error += value.sub(target).to_type(ScalarType.Float64).square().sum().item<double>();
                power += target.to_type(ScalarType.Float64).square().sum().item<double>();
            }
        }

        return power > 0 ? error / power : error;
    }

    private static void UseFloat(CalibratedLayers layers, bool isFloat)
    {
        foreach (var layer in layers.Own)
            layer.Use(isFloat);
    }

    /// <summary>Runs all batches.</summary>
    /// <param name="mode">What the variant computes.</param>
    /// <param name="computed">Sees what units compute; it may end the forward of a batch by <see cref="ForwardEndedException"/>.</param>
    private void ForEachBatch(QuantizationMode mode, UnitComputed? computed = null)
    {
        state.Mode = mode;
        state.Computed += computed;
        try
        {
            foreach (var batch in data)
            {
                cancellation.ThrowIfCancellationRequested();
                model.TryRun(batch);
            }
        }
        finally
        {
            state.Computed -= computed;
        }
    }
}
