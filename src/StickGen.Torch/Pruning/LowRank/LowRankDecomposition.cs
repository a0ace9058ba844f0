using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// Replaces linear layers and convolutions of a model by two smaller layers each, from the singular value decomposition of their weights
/// (<see cref="LowRank"/>). A layer whose factors would have no fewer weights stays as it is.
/// </summary>
/// <param name="options">Which layers, and by which ranks.</param>
public sealed class LowRankDecomposition(LowRankDecompositionOptions? options = null) : ModuleReplacement
{
    private readonly LowRankDecompositionOptions options = options ?? new();

    /// <inheritdoc/>
    public override string Name => "low rank";

    /// <inheritdoc/>
    protected override ReplacementPolicy Policy => options.Policy;

    /// <inheritdoc/>
    protected override void Validate() => options.Validate();

    private protected override string WhyNothing(TracedModel traced) =>
        "no layer is allowed by the policy, can be factorized, and would have fewer weights.";

    private protected override Dictionary<nn.Module, (nn.Module Module, ModuleRecipe? Recipe)> Select(TracedModel traced, Func<nn.Module, bool> isAllowed)
    {
        var layers = traced.Nodes.Select(n => n.Module).OfType<nn.Module<Tensor, Tensor>>().Distinct().Where(m => isAllowed(m) && IsChosen(m)).ToList();
        var result = new Dictionary<nn.Module, (nn.Module, ModuleRecipe?)>(ReferenceEqualityComparer.Instance);
        foreach (var (layer, rank) in Ranks(layers))
            result.Add(layer, (LowRank.Factorize(layer, rank, options.Layer.Factors), new LowRankRecipe(rank, options.Layer.Factors)));
        return result;
    }

    private IEnumerable<(nn.Module<Tensor, Tensor> Layer, int Rank)> Ranks(List<nn.Module<Tensor, Tensor>> layers)
    {
        if (layers.Count == 0)
            return [];
        if (options.Budget is not { } budget)
            return layers.Select(l => (l, LowRank.SmallerRank(l, options.Layer))).Where(l => l.Item2 is not null).Select(l => (l.l, l.Item2!.Value));
        var ranks = LowRank.SearchRanks(layers, budget, options.Layer.Factors);
        return layers.Where(ranks.ContainsKey).Select(l => (l, ranks[l]));
    }

    private bool IsChosen(nn.Module module) => module switch
    {
        Linear => options.Linear,
        Conv2d conv => options.Convolutions && conv.groups == 1
            && (options.Layer.Factors == ConvolutionFactors.Channel || conv.padding_mode == PaddingModes.Zeros),
        _ => false,
    };
}
