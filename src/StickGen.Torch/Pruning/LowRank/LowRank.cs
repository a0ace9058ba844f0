using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// Replaces layers by two smaller ones whose product is the best approximation of that rank, from the singular value decomposition
/// W ≈ (U_k·√S_k)·(√S_k·V_kᵀ) (Eckart and Young 1936). The bias is kept.
/// </summary>
public static class LowRank
{
    /// <summary>Factorizes a linear layer or a two-dimensional convolution without groups.</summary>
    /// <param name="layer">The layer; it is only read.</param>
    /// <param name="options">The rank, and how convolutions are cut.</param>
    /// <returns>Two layers in a row, in the mode, on the device and of the type of the layer.</returns>
    /// <exception cref="CompressionException">An option is not allowed, or the layer cannot be factorized.</exception>
    public static Sequential Factorize(nn.Module<Tensor, Tensor> layer, LowRankOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var matrix = FactorizedMatrix.Of(layer, options.Factors);
        return Factorize(matrix, RankOf(matrix, options));
    }

    /// <summary>Factorizes a layer with a given rank.</summary>
    /// <inheritdoc cref="Factorize(nn.Module{Tensor, Tensor}, LowRankOptions)"/>
    public static Sequential Factorize(nn.Module<Tensor, Tensor> layer, int rank, ConvolutionFactors factors = ConvolutionFactors.Channel) =>
        Factorize(layer, new LowRankOptions { Choice = RankChoice.Number, Rank = rank, Factors = factors });

    /// <summary>The singular values of a layer, greatest first.</summary>
    /// <param name="layer">A linear layer or a two-dimensional convolution without groups.</param>
    /// <param name="factors">How a convolution is cut.</param>
    public static IReadOnlyList<double> SingularValues(nn.Module<Tensor, Tensor> layer, ConvolutionFactors factors = ConvolutionFactors.Channel)
    {
        using var scope = NewDisposeScope();
        return FactorizedMatrix.Of(layer, factors).SingularValues();
    }

    /// <summary>
    /// Ranks for several layers that together have at most a share of their weights, so that the lost energy, relative to each layer's own,
    /// is least for what is saved. A layer for which factors would be no smaller is left out.
    /// </summary>
    /// <param name="layers">The layers.</param>
    /// <param name="budget">The share of the weights of all layers, more than 0 and less than 1.</param>
    /// <param name="factors">How convolutions are cut.</param>
    /// <returns>The rank of each layer that is factorized.</returns>
    /// <exception cref="CompressionException">The budget cannot be met with a rank of 1 everywhere.</exception>
    public static IReadOnlyDictionary<nn.Module<Tensor, Tensor>, int> SearchRanks(
        IReadOnlyList<nn.Module<Tensor, Tensor>> layers, double budget, ConvolutionFactors factors = ConvolutionFactors.Channel)
    {
        ArgumentNullException.ThrowIfNull(layers);
        AlgorithmOptions.Require(budget is > 0 and < 1, nameof(budget), budget, "between 0 and 1, both exclusive");
        using var scope = NewDisposeScope();
        return RankSearch.Run([.. layers.Select(l => (l, FactorizedMatrix.Of(l, factors)))], budget);
    }

    /// <summary>The rank that options choose for a layer, or <see langword="null"/> if the factors would have no fewer weights.</summary>
    internal static int? SmallerRank(nn.Module<Tensor, Tensor> layer, LowRankOptions options)
    {
        using var scope = NewDisposeScope();
        var matrix = FactorizedMatrix.Of(layer, options.Factors);
        var rank = Math.Max(1, ChosenRank(matrix, options));
        return rank * matrix.WeightsPerRank < matrix.Weights ? rank : null;
    }

    /// <summary>The two layers of a rank, whose weights are zeros yet.</summary>
    /// <exception cref="CompressionException">The layer has no factors of that rank.</exception>
    internal static Sequential Empty(nn.Module<Tensor, Tensor> layer, int rank, ConvolutionFactors factors)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        AlgorithmOptions.RequireDefined(nameof(factors), factors);
        var matrix = FactorizedMatrix.Of(layer, factors);
        if (rank < 1 || rank > matrix.FullRank)
            throw new CompressionException($"Rank is {rank}; this layer's is 1 to {matrix.FullRank}.");
        return Joined(matrix, matrix.Create(rank, zeros(matrix.Rows, rank), zeros(rank, matrix.Columns)));
    }

    private static int ChosenRank(FactorizedMatrix matrix, LowRankOptions options) => options.Choice switch
    {
        RankChoice.Number => options.Rank,
        RankChoice.Ratio => (int)(options.Ratio * matrix.Weights / matrix.WeightsPerRank),
        _ => EnergyRank(matrix.SingularValues(), options.Energy),
    };

    private static int RankOf(FactorizedMatrix matrix, LowRankOptions options)
    {
        using var scope = NewDisposeScope();
        var rank = ChosenRank(matrix, options);
        if (rank < 1)
            throw new CompressionException(FormattableString.Invariant($"Ratio is {options.Ratio}, but a rank of 1 takes {(double)matrix.WeightsPerRank / matrix.Weights:0.####} of the weights."));
        if (rank > matrix.FullRank)
            throw new CompressionException($"Rank is {rank}; this layer's is at most {matrix.FullRank}.");
        return rank;
    }

    private static int EnergyRank(IReadOnlyList<double> values, double energy)
    {
        var all = values.Sum(v => v * v);
        var (kept, rank) = (0.0, 0);
        while (rank < values.Count && (rank == 0 || kept < energy * all * (1 - 1e-12)))
            kept += values[rank] * values[rank++];
        return rank;
    }

    private static Sequential Factorize(FactorizedMatrix matrix, int rank)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (left, right) = matrix.Split(rank);
        return Joined(matrix, matrix.Create(rank, left, right));
    }

    private static Sequential Joined(FactorizedMatrix matrix, (nn.Module<Tensor, Tensor> First, nn.Module<Tensor, Tensor> Second) layers)
    {
        var result = nn.Sequential(("first", layers.First), ("second", layers.Second));
        result.train(matrix.Layer.training);
        return result;
    }
}
