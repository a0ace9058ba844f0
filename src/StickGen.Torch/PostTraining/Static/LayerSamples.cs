using StickGen.Training;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// What one layer is given by the quantized network and what it computes in the float network, at positions of its result that are drawn once; and the means of what it is given in both, over all positions.
/// </summary>
/// <remarks>A convolution is seen as a product: the values under its window at a position are a row. So it is enough to keep some positions, however large images are.</remarks>
internal sealed class LayerSamples : IDisposable
{
    private readonly CalibratedLayer layer;
    private readonly ulong seed;
    private readonly Func<int, long, long> quota;
    private readonly Tensor weight, bias;
    private readonly List<Tensor> inputs = [], targets = [];
    private readonly Mean floatMean = new(), quantizedMean = new();

    /// <param name="layer">The layer, with its float weight and bias.</param>
    /// <param name="seed">What positions derive from.</param>
    /// <param name="quota">How many positions of a batch are kept at most, by its number and how many it has.</param>
    public LayerSamples(CalibratedLayer layer, ulong seed, Func<int, long, long> quota)
    {
        (this.layer, this.seed, this.quota) = (layer, seed, quota);
        (weight, bias) = (layer.FoldedWeight().DetachFromDisposeScope(), layer.FoldedBias().DetachFromDisposeScope());
    }

    /// <summary>What the quantized network gives, [groups, n, k].</summary>
    public Tensor Inputs { get; private set; } = null!;

    /// <summary>What the float network computes, activation included, [n, outputs].</summary>
    public Tensor Targets { get; private set; } = null!;

    /// <summary>The mean square of <see cref="Targets"/>.</summary>
    public double Power { get; private set; }

    /// <summary>Adds what the layer reads in the float network.</summary>
    public void AddFloat(int batch, Tensor x)
    {
        using var scope = NewDisposeScope();
        var patches = layer.Patches(x.detach());
        floatMean.Add(patches);
        targets.Add(Compute(Sample(batch, patches), weight, bias).DetachFromDisposeScope());
    }

    /// <summary>Adds what the layer reads in the quantized network.</summary>
    public void AddQuantized(int batch, Tensor x)
    {
        using var scope = NewDisposeScope();
        var patches = layer.Patches(x.detach());
        quantizedMean.Add(patches);
        inputs.Add(Sample(batch, patches).DetachFromDisposeScope());
    }

    /// <summary>After all batches.</summary>
    public void Complete()
    {
        (Inputs, Targets) = (cat([.. inputs], 1).DetachFromDisposeScope(), cat([.. targets], 0).DetachFromDisposeScope());
        DisposeParts();
        Power = MeanSquare(Targets);
    }

    /// <summary>The mean squared error of the layer with a weight and a bias, divided by the mean square of the targets.</summary>
    public double RelativeError(Tensor candidate, Tensor candidateBias)
    {
        var error = MeanSquare(Compute(Inputs, candidate, candidateBias).sub(Targets));
        return Power > 0 ? error / Power : error;
    }

    /// <summary>By how much the mean of each output is off before the activation, over all positions, [outputs]: <c>E[ŵ·x̂] − E[w·x]</c>.</summary>
    public Tensor MeanError(Tensor candidate) => Product(quantizedMean, candidate).sub(Product(floatMean, weight)).to_type(ScalarType.Float32);

    public void Dispose()
    {
        DisposeParts();
        foreach (var tensor in (Tensor?[])[weight, bias, Inputs, Targets])
            tensor?.Dispose();
        floatMean.Dispose();
        quantizedMean.Dispose();
    }

    private void DisposeParts()
    {
        foreach (var part in inputs.Concat(targets))
            part.Dispose();
        inputs.Clear();
        targets.Clear();
    }

    /// <summary>What the layer makes of samples.</summary>
    private Tensor Compute(Tensor samples, Tensor candidate, Tensor candidateBias) => layer.Unit.Activation.Apply(layer.Product(samples, candidate).add(candidateBias));

    private Tensor Product(Mean mean, Tensor candidate) =>
        layer.Product(mean.Value.reshape(layer.Groups, 1, -1), candidate.to_type(ScalarType.Float64)).reshape(layer.Outputs);

    /// <summary>The patches at the positions that are drawn for a batch, [groups, n, k]: the same for both networks.</summary>
    private Tensor Sample(int batch, Tensor patches)
    {
        var positions = patches.shape[2];
        var count = patches.shape[0] * positions;
        var drawn = Draw(new(Seeds.Derive((long)seed, Seeds.Calibration, batch)), count, Math.Clamp(quota(batch, count), 1, count));
        var images = tensor(Array.ConvertAll(drawn, p => p / positions), device: patches.device);
        var places = tensor(Array.ConvertAll(drawn, p => p % positions), device: patches.device);
        var rows = patches.index(TensorIndex.Tensor(images), TensorIndex.Colon, TensorIndex.Tensor(places));
        return rows.reshape(rows.shape[0], layer.Groups, -1).permute(1, 0, 2).contiguous();
    }

    /// <summary>Different numbers below <paramref name="count"/>, in increasing order (Vitter's selection sampling).</summary>
    private static long[] Draw(SplitMix64 random, long count, long wanted)
    {
        var drawn = new long[wanted];
        for (long i = 0, found = 0; found < wanted; i++)
        {
            if (random.Below(count - i) < wanted - found)
                drawn[found++] = i;
        }

        return drawn;
    }

    private static double MeanSquare(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.to_type(ScalarType.Float64).square().mean().item<double>();
    }

    /// <summary>The mean of patches, [groups · k] in float64.</summary>
    private sealed class Mean : IDisposable
    {
        private Tensor? sum;
        private long count;

        public Tensor Value => sum! / count;

        public void Add(Tensor patches)
        {
            var added = patches.sum([2L]).to_type(ScalarType.Float64).sum([0L]);
            if (sum is null)
                sum = added.DetachFromDisposeScope();
            else
                sum.add_(added);
            count += patches.shape[0] * patches.shape[2];
        }

        public void Dispose() => sum?.Dispose();
    }
}
