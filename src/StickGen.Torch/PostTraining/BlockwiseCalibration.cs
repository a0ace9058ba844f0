using StickGen.Compression;
using StickGen.Quantization;
using StickGen.Training;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>One run over the blocks of a variant.</summary>
internal sealed class BlockwiseCalibration
{
    private readonly nn.Module variant;
    private readonly FakeQuantization state;
    private readonly PostTrainingOptions options;
    private readonly LayerPlan plan;
    private readonly CalibrationFolder? folder;
    private readonly IProgress<PostTrainingProgress>? progress;
    private readonly CancellationToken cancellation;
    private readonly ForwardCall model;
    private readonly List<IReadOnlyDictionary<string, Tensor>> data;

    public BlockwiseCalibration(
        IFakeQuantized variant, PostTrainingOptions options, LayerPlan plan, IReadOnlyList<Tensor[]> data, CalibrationFolder? folder,
        IProgress<PostTrainingProgress>? progress, CancellationToken cancellation)
    {
        (this.variant, state, this.options, this.plan, this.folder, this.progress, this.cancellation) = ((nn.Module)variant, variant.State, options, plan, folder, progress, cancellation);
        model = new(this.variant, state.Traced.Root);
        this.data = model.Named(data);
    }

    public void Run()
    {
        using var evaluation = new EvaluationMode(variant);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Check();
        var run = folder is null ? null : CalibrationRun.Of(state.Graph.Name, options, plan, data, Weights());
        var done = folder?.Restore(run!, (IFakeQuantized)variant, plan) ?? 0;
        plan.IsStarted = true;
        List<IReadOnlyDictionary<string, Tensor>>? next = null;
        for (var i = done; i < plan.Blocks.Count; i++)
        {
            var block = plan.Blocks[i];
            next = Quantize(block, next, i + 1 < plan.Blocks.Count ? plan.Blocks[i + 1] : null);
            folder?.Write(i, (IFakeQuantized)variant, block, plan.Reports[i]);
            progress?.Report(new(i + 1, plan.Blocks.Count, plan.Reports[i]));
        }

        plan.IsCalibrated = true;
    }

    /// <summary>All that the model computes with: layers that are not quantized, norms and borrowed modules, too.</summary>
    private IEnumerable<Tensor> Weights() => new[] { variant }.Concat(state.BorrowedModules.Select(b => b.Module))
        .SelectMany(m => m.state_dict().Where(s => !s.Key.StartsWith(FakeQuantization.Prefix + ".", StringComparison.Ordinal)).OrderBy(s => s.Key, StringComparer.Ordinal)).Select(s => s.Value);

    /// <summary>Runs the float model once, so that what is wrong with the data is found before anything is changed.</summary>
    private void Check()
    {
        var seen = new HashSet<BlockLayer>();
        foreach (var layer in plan.Layers)
            layer.Observer = CheckFinite;
        try
        {
            for (var batch = 0; batch < data.Count; batch++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                model.Run(data[batch]);
            }
        }
        finally
        {
            foreach (var layer in plan.Layers)
                layer.Observer = null;
        }

        if (plan.Layers.FirstOrDefault(l => !seen.Contains(l)) is { } idle)
            throw new CompressionException($"'{idle.Name}' is not reached with the calibration data; keep it in float, or give data that reaches it.");

        void CheckFinite(BlockLayer layer, Tensor input)
        {
            if (seen.Add(layer) && !layer.Weight.isfinite().all().item<bool>())
                throw new CompressionException($"The weight of '{layer.Name}' has values that are not finite.");
            if (!input.isfinite().all().item<bool>())
                throw new CompressionException($"What '{layer.Name}' reads has values that are not finite; calibrate with data on which the network computes finite values.");
        }
    }

    /// <returns>The inputs of the next block, if they are what this one computes.</returns>
    private List<IReadOnlyDictionary<string, Tensor>>? Quantize(BlockPlan plan, List<IReadOnlyDictionary<string, Tensor>>? inputs, BlockPlan? next)
    {
        var isModel = plan.Scope.Path.Length == 0;
        var call = isModel ? model : new ForwardCall(ModuleAt(plan.Scope.Path), plan.Scope);
        using var block = new QuantizationBlock(plan, call, isModel ? [.. data] : inputs ?? Record(plan, call), ownsInputs: !isModel, () => FindFolds(plan), cancellation);
        block.ComputeTargets();
        if (options.Activations == ActivationQuantization.StaticPerTensor)
            ObserveRanges(block);
        foreach (var step in options.Steps)
        {
            using var scope = NewDisposeScope();
            step.Apply(block);
        }

        foreach (var layer in block.Layers)
            layer.Rounded ??= RoundToNearest.Round(layer);
        if (options.ActivationRange != ActivationRange.Extremes)
            FindRanges(block);
        block.CalibrateKeys();
        var (error, results) = block.Finish();
        this.plan.Reports.Add(new(plan.Name, error, block.Power > 0 ? error / block.Power : 0));
        foreach (var layer in block.Layers)
            layer.Commit();
        if (next is not null && Chain(plan, call, next) is { } links)
            return [.. results.Select((r, batch) => Link(links, r, block.InputsOf(batch)))];
        foreach (var tensor in results.SelectMany(r => r))
            tensor.Dispose();
        return null;
    }

    private IReadOnlyList<FoldSite> FindFolds(BlockPlan block)
    {
        var (sites, refusals) = FoldAnalysis.Find(state, block, variant);
        plan.Notes.AddRange(refusals);
        return sites;
    }

    private static void ObserveRanges(QuantizationBlock block) => block.Observe(block.Layers, (layer, input) =>
    {
        var (low, high) = input.reshape(-1, layer.Inputs).aminmax(0);
        layer.Widen(low, high);
    });

    /// <summary>Finds the ranges otherwise than by the extremes: of what layers read once scales are where they stay.</summary>
    private void FindRanges(QuantizationBlock block)
    {
        var quantizers = block.Layers.ToDictionary(layer => layer, _ => new ObservingQuantizer(QuantizationScheme.Activations8, options.ActivationRange.CreateObserver(momentum: null, options.Percentile)));
        try
        {
            block.Observe(block.Layers, (layer, input) => quantizers[layer].Observer.Observe(input));
            foreach (var (layer, quantizer) in quantizers)
                layer.InputRange = (quantizer.Observer.Minimum.item<float>(), quantizer.Observer.Maximum.item<float>());
        }
        finally
        {
            foreach (var quantizer in quantizers.Values)
                quantizer.Dispose();
        }
    }

    /// <summary>Runs the model up to a block, and keeps what that is given.</summary>
    private List<IReadOnlyDictionary<string, Tensor>> Record(BlockPlan plan, ForwardCall call)
    {
        var units = call.Names.Select(name => (Name: name, Unit: state.InputUnits.GetValueOrDefault((plan.Scope.Path, name)))).Where(u => u.Unit is not null).ToList();
        var own = units.Select(u => (Unit)u.Unit!).ToHashSet();
        var all = new List<IReadOnlyDictionary<string, Tensor>>();
        var seen = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, unit) in units)
            unit!.Seen = value => seen[name] = value.detach().DetachFromDisposeScope();
        // A unit of its own is the first thing that a block computes once all of its inputs are there.
        void Stop(Unit unit, ReadOnlySpan<Tensor> inputs, Tensor value)
        {
            if (seen.Count > 0 && !own.Contains(unit))
                throw new ForwardEndedException();
        }

        state.Computed += Stop;
        try
        {
            foreach (var batch in data)
            {
                cancellation.ThrowIfCancellationRequested();
                if (model.TryRun(batch))
                    throw new CompressionException($"The block '{plan.Name}' is not reached with the calibration data.");
                all.Add(new Dictionary<string, Tensor>(seen, StringComparer.Ordinal));
                seen.Clear();
            }
        }
        finally
        {
            state.Computed -= Stop;
            foreach (var (_, unit) in units)
                unit!.Seen = null;
        }

        return all;
    }

    /// <summary>Where the inputs of the next block come from, if they are results or inputs of this one; <see langword="null"/> where something is computed between the two.</summary>
    private static List<(string Name, int Result, string Input)>? Chain(BlockPlan plan, ForwardCall call, BlockPlan next)
    {
        var (from, to) = (plan.Scope, next.Scope);
        if (from.Path.Length == 0 || to.Path.Length == 0 || to.Model.Inputs.Count != to.Inputs.Count || from.Model.Inputs.Count != from.Inputs.Count)
            return null;
        var links = new List<(string, int, string)>();
        for (var i = 0; i < to.Inputs.Count; i++)
        {
            var result = Array.IndexOf(from.Outputs, to.Inputs[i]);
            var input = from.Inputs.ToList().IndexOf(to.Inputs[i]);
            if (result < 0 && input < 0)
                return null;
            links.Add((to.Model.Inputs[i].Name, result, result < 0 ? call.Names[input] : ""));
        }

        return links;
    }

    private static Dictionary<string, Tensor> Link(List<(string Name, int Result, string Input)> links, Tensor[] results, IReadOnlyDictionary<string, Tensor> inputs)
    {
        var linked = links.ToDictionary(l => l.Name, l => l.Result >= 0 ? results[l.Result] : inputs[l.Input].alias().DetachFromDisposeScope(), StringComparer.Ordinal);
        foreach (var unused in results.Except(linked.Values))
            unused.Dispose();
        return linked;
    }

    private nn.Module ModuleAt(string path) =>
        variant.named_modules().FirstOrDefault(m => m.name == path).module ?? throw new CompressionException($"The variant has no module '{path}'.");
}
