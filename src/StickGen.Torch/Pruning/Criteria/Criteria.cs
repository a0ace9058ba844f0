using TorchSharp;
using StickGen.Compression;
using StickGen.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// The norm of what computes a channel: a filter, a row of a linear layer (Li et al. 2017, "Pruning filters for efficient ConvNets").
/// </summary>
/// <param name="order">1 for the sum of magnitudes, 2 for the Euclidean norm.</param>
/// <param name="withInputs">Whether what reads the channel counts as well.</param>
public sealed class MagnitudeCriterion(int order = 2, bool withInputs = false) : ImportanceCriterion
{
    private readonly int order = order is 1 or 2 ? order : throw new CompressionException($"order is {order}; allowed: 1, 2.");

    /// <inheritdoc/>
    public override string Name => $"L{order} magnitude";

    /// <inheritdoc/>
    protected internal override Tensor? Score(ChannelAxis axis)
    {
        ArgumentNullException.ThrowIfNull(axis);
        if (axis.Role == ChannelRole.Each || (axis.Role == ChannelRole.Input && !withInputs) || ParameterOf(axis, "weight") is not { } weight)
            return null;
        var rows = axis.Rows("weight", weight);
        return order == 1 ? rows.abs().sum(1) : rows.square().sum(1).sqrt();
    }
}

/// <summary>The magnitude of a batch normalization's factor γ (Liu et al. 2017, "Network slimming").</summary>
public sealed class BatchNormScaleCriterion : ImportanceCriterion
{
    /// <inheritdoc/>
    public override string Name => "batch-norm scale";

    /// <inheritdoc/>
    protected internal override Tensor? Score(ChannelAxis axis)
    {
        ArgumentNullException.ThrowIfNull(axis);
        return axis.Module is NormBase ? ParameterOf(axis, "weight")?.abs() : null;
    }
}

/// <summary>
/// The squared first-order change of the loss if a channel were removed, (Σ w·∂L/∂w)² over what computes it (Molchanov et al. 2019,
/// "Importance estimation for neural network pruning"). Needs gradients: call <c>backward</c> on a loss first.
/// </summary>
public sealed class TaylorCriterion : ImportanceCriterion
{
    /// <inheritdoc/>
    public override string Name => "Taylor";

    /// <inheritdoc/>
    /// <exception cref="CompressionException">A parameter has no gradient.</exception>
    protected internal override Tensor? Score(ChannelAxis axis)
    {
        ArgumentNullException.ThrowIfNull(axis);
        if (axis.Role != ChannelRole.Output)
            return null;
        Tensor? sum = null;
        foreach (var (name, _) in axis.Slices)
        {
            var parameter = axis.Module.get_parameter(name)!;
            if (parameter.grad is not { } gradient)
                throw new CompressionException($"'{axis.Path}.{name}' has no gradient: call backward on a loss before the Taylor criterion is asked.");
            var change = axis.Rows(name, parameter.mul(gradient)).sum(1);
            sum = sum is null ? change : sum.add(change);
        }

        return sum?.square();
    }
}

/// <summary>
/// The summed distance of a filter to all others of its layer: the one nearest to the geometric median is replaced by them most easily
/// (He et al. 2019, "Filter pruning via geometric median").
/// </summary>
public sealed class GeometricMedianCriterion : ImportanceCriterion
{
    /// <inheritdoc/>
    public override string Name => "geometric median";

    /// <inheritdoc/>
    protected internal override Tensor? Score(ChannelAxis axis)
    {
        ArgumentNullException.ThrowIfNull(axis);
        if (axis.Role != ChannelRole.Output || ParameterOf(axis, "weight") is not { } weight)
            return null;
        var rows = axis.Rows("weight", weight).to_type(ScalarType.Float64);
        // Row by row: differences of all pairs at once would take the square of the memory.
        return stack([.. Enumerable.Range(0, axis.Size).Select(i => rows.sub(rows[i]).square().sum(1).sqrt().sum())]);
    }
}

/// <summary>Uniform random scores, the baseline of all criteria. The same seed gives the same scores.</summary>
/// <param name="seed">The seed.</param>
public sealed class RandomCriterion(long seed) : ImportanceCriterion
{
    /// <inheritdoc/>
    public override string Name => "random";

    /// <inheritdoc/>
    protected internal override Tensor? Score(ChannelAxis axis)
    {
        ArgumentNullException.ThrowIfNull(axis);
        if (axis.Role != ChannelRole.Output)
            return null;
        var hash = axis.Path.Aggregate(0L, (h, c) => unchecked((h * 31) + c));
        var random = new SplitMix64(Seeds.Derive(seed, Seeds.Pruning, hash));
        var scores = new double[axis.Size];
        for (var i = 0; i < scores.Length; i++)
            scores[i] = (random.Next() >> 11) * (1.0 / (1L << 53));
        return tensor(scores);
    }
}
