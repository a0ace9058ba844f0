using StickGen.Compression;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// A block of a model while it is quantized: its layers, what it is given by the quantized blocks before it, and what its float weights make of that, which is what its error is measured
/// against.
/// </summary>
public sealed class QuantizationBlock : IDisposable
{
    private readonly ForwardCall call;
    private readonly bool ownsInputs;
    private readonly List<IReadOnlyDictionary<string, Tensor>> inputs;
    private readonly List<Tensor[]> targets = [];
    private readonly Lazy<IReadOnlyList<FoldSite>> folds;

    internal QuantizationBlock(
        BlockPlan plan, ForwardCall call, List<IReadOnlyDictionary<string, Tensor>> inputs, bool ownsInputs, Func<IReadOnlyList<FoldSite>> findFolds, CancellationToken cancellation)
    {
        folds = new(findFolds);
        (Plan, this.call, this.inputs, this.ownsInputs, Cancellation) = (plan, call, inputs, ownsInputs, cancellation);
        LayersByInput = [.. plan.Layers.GroupBy(l => l.Input).Select(g => (IReadOnlyList<BlockLayer>)[.. g])];
        foreach (var layer in Layers)
            layer.IsOpen = true;
    }

    /// <summary>The path of the module, or the name of the model.</summary>
    public string Name => Plan.Name;

    /// <summary>The layers to quantize, in the order of evaluation.</summary>
    public IReadOnlyList<BlockLayer> Layers => Plan.Layers;

    /// <summary>The same, with those together that read one value, such as queries, keys and values.</summary>
    public IReadOnlyList<IReadOnlyList<BlockLayer>> LayersByInput { get; }

    /// <summary>The values of the block that can be computed in another scale without a change of its results.</summary>
    public IReadOnlyList<FoldSite> FoldSites => folds.Value;

    /// <summary>To be asked where a step computes for long.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The mean of the squares of what the float block computes, over all elements of its results.</summary>
    public double Power { get; private set; }

    internal BlockPlan Plan { get; }

    /// <summary>Runs the block on all batches. Layers that are rounded compute with their integers, the others in float.</summary>
    /// <param name="layers">The layers of which the inputs are wanted.</param>
    /// <param name="observe">Called with a layer and what it is given, […, inputs], which does not outlive the call.</param>
    public void Observe(IReadOnlyCollection<BlockLayer> layers, Action<BlockLayer, Tensor> observe)
    {
        ArgumentNullException.ThrowIfNull(layers);
        foreach (var layer in layers)
            layer.Observer = observe;
        try
        {
            Run(layer => layer.Rounded is not null, (_, _) => { });
        }
        finally
        {
            foreach (var layer in layers)
                layer.Observer = null;
        }
    }

    /// <summary>
    /// The mean squared error of the block's results, with all weights rounded (as a step did, as <see cref="BlockLayer.Try"/> says, or to nearest) and with activations quantized as asked for.
    /// </summary>
    public double Error()
    {
        var error = new MeanSquare();
        Run(_ => true, (batch, results) => error.AddDifference(results, targets[batch]));
        return error.Value;
    }

    /// <summary>Computes what the float block makes of its inputs.</summary>
    internal void ComputeTargets()
    {
        var power = new MeanSquare();
        Run(_ => false, (_, results) =>
        {
            power.Add(results);
            targets.Add([.. results.Select(r => r.detach().DetachFromDisposeScope())]);
        });
        Power = power.Value;
    }

    /// <summary>The error of the quantized block, and its results, which the caller owns.</summary>
    internal (double Error, List<Tensor[]> Results) Finish()
    {
        var error = new MeanSquare();
        var results = new List<Tensor[]>();
        Run(_ => true, (batch, tensors) =>
        {
            error.AddDifference(tensors, targets[batch]);
            results.Add([.. tensors.Select(t => t.detach().DetachFromDisposeScope())]);
            // Not needed any more.
            Array.ForEach(targets[batch], t => t.Dispose());
        });
        targets.Clear();
        return (error.Value, results);
    }

    /// <summary>What a batch is given to the block as.</summary>
    internal IReadOnlyDictionary<string, Tensor> InputsOf(int batch) => inputs[batch];

    /// <summary>The number of batches.</summary>
    public int Batches => inputs.Count;

    /// <summary>What the float block makes of a batch.</summary>
    internal IReadOnlyList<Tensor> TargetsOf(int batch) => targets[batch];

    /// <summary>The parameters of the block's modules.</summary>
    internal IEnumerable<TorchSharp.Modules.Parameter> Parameters => call.Module.parameters();

    /// <summary>The results of one batch, as the layers are set.</summary>
    internal List<Tensor> Forward(int batch) => call.Run(inputs[batch]);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var layer in Layers)
        {
            layer.Try(null);
            layer.IsOpen = false;
        }

        foreach (var tensor in targets.SelectMany(t => t).Concat(ownsInputs ? inputs.SelectMany(i => i.Values) : []))
            tensor.Dispose();
        targets.Clear();
        inputs.Clear();
    }

    private void Run(Func<BlockLayer, bool> isQuantized, Action<int, List<Tensor>> use)
    {
        SetQuantized(isQuantized);
        for (var batch = 0; batch < inputs.Count; batch++)
        {
            Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            use(batch, call.Run(inputs[batch]));
        }
    }

    /// <summary>Says which layers compute with what they will have when they are quantized. Keys and values are rounded once one of the layers is.</summary>
    internal void SetQuantized(Func<BlockLayer, bool> isQuantized)
    {
        var any = false;
        foreach (var layer in Layers)
            any |= layer.IsQuantized = isQuantized(layer);
        foreach (var tensor in Cached)
            tensor.IsQuantized = any;
    }

    /// <summary>Finds the scales of keys that have one for each channel: of what quantized layers make of the inputs.</summary>
    internal void CalibrateKeys()
    {
        var open = Cached.Where(t => t.NeedsScales).ToList();
        if (open.Count == 0)
            return;
        foreach (var tensor in open)
            tensor.IsObserved = true;
        try
        {
            Run(_ => true, (_, _) => { });
        }
        finally
        {
            foreach (var tensor in open)
                tensor.IsObserved = false;
        }

        foreach (var tensor in open)
            tensor.Calibrate();
    }

    private IEnumerable<CachedTensor> Cached => Plan.Attentions.SelectMany(a => a.Tensors);

    /// <summary>The mean of squares, summed in float64.</summary>
    private sealed class MeanSquare
    {
        private double sum;
        private long count;

        public double Value => count == 0 ? 0 : sum / count;

        public void Add(IEnumerable<Tensor> values)
        {
            foreach (var value in values.Where(v => v.is_floating_point()))
                Add(value);
        }

        public void AddDifference(IReadOnlyList<Tensor> values, IReadOnlyList<Tensor> expected)
        {
            for (var i = 0; i < values.Count; i++)
            {
                if (values[i].is_floating_point())
                    Add(values[i] - expected[i]);
            }
        }

        private void Add(Tensor value)
        {
            sum += value.to_type(ScalarType.Float64).square().sum().item<double>();
            count += value.numel();
        }
    }
}
