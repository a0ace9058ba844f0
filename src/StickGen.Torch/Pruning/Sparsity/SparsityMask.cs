using StickGen.Compression;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>Masks that zero single weights: 1 for one that is kept, 0 for one that is not.</summary>
public static class SparsityMask
{
    /// <summary>Zeros the given share of a weight's elements, those of the least magnitude.</summary>
    /// <param name="weight">Any shape.</param>
    /// <param name="ratio">From 0 to 1; ratio × elements, rounded down, are zeroed.</param>
    public static Tensor Unstructured(Tensor weight, double ratio) => Unstructured([weight], ratio)[0];

    /// <summary>Zeros the given share of the elements of several weights together: the least magnitudes of all.</summary>
    /// <inheritdoc cref="Unstructured(Tensor, double)"/>
    public static Tensor[] Unstructured(IReadOnlyList<Tensor> weights, double ratio)
    {
        ArgumentNullException.ThrowIfNull(weights);
        AlgorithmOptions.Require(ratio is >= 0 and <= 1, nameof(ratio), ratio, "0 to 1");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var magnitudes = cat([.. weights.Select(w => w.abs().flatten().to_type(ScalarType.Float64))], 0);
        var removed = (long)Math.Floor((ratio * magnitudes.shape[0]) + 1e-9);
        var mask = ones_like(magnitudes);
        // By rank rather than by a threshold, so that equal magnitudes do not change the number.
        mask.index_fill_(0, magnitudes.sort(stable: true).Indices.narrow(0, 0, removed), 0);
        var result = new Tensor[weights.Count];
        long start = 0;
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = mask.narrow(0, start, weights[i].numel()).view(weights[i].shape).to_type(weights[i].dtype).MoveToOuterDisposeScope();
            start += weights[i].numel();
        }

        return result;
    }

    /// <summary>
    /// Keeps the <paramref name="n"/> greatest magnitudes of every <paramref name="m"/> weights that follow each other along the input
    /// channels (Mishra et al. 2021, "Accelerating sparse deep neural networks": 2 of 4).
    /// </summary>
    /// <param name="weight">[outputs, inputs, …] with a number of inputs that <paramref name="m"/> divides.</param>
    /// <param name="n">Less than <paramref name="m"/>, at least 1.</param>
    /// <param name="m">At least 2.</param>
    /// <exception cref="CompressionException">The weight cannot be cut so.</exception>
    public static Tensor NOfM(Tensor weight, int n = 2, int m = 4)
    {
        ArgumentNullException.ThrowIfNull(weight);
        AlgorithmOptions.Require(m >= 2, nameof(m), m, "at least 2");
        AlgorithmOptions.Require(n >= 1 && n < m, nameof(n), n, $"1 to {m - 1}");
        if (weight.dim() < 2 || weight.shape[1] % m != 0)
            throw new CompressionException($"A weight of shape [{string.Join(", ", weight.shape)}] cannot be cut into runs of {m} input channels.");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var last = weight.movedim([1], [-1]);
        var runs = last.reshape(-1, m);
        var order = runs.abs().sort(1, descending: true, stable: true).Indices;
        var mask = zeros_like(runs).scatter_(1, order.narrow(1, 0, n), ones_like(runs));
        return mask.view(last.shape).movedim([-1], [1]).contiguous().MoveToOuterDisposeScope();
    }
}
