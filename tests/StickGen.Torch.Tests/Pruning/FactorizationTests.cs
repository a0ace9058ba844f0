using StickGen.Compression;
using StickGen.Pruning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Pruning;

/// <summary>Low-rank factors, Ghost modules and sparse weights.</summary>
public sealed class FactorizationTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public FactorizationTests() => random.manual_seed(41);

    public void Dispose() => scope.Dispose();

    public static TheoryData<string, ConvolutionFactors> Layers => new()
    {
        { "linear", ConvolutionFactors.Channel }, { "conv", ConvolutionFactors.Channel }, { "conv", ConvolutionFactors.Spatial },
        { "strided", ConvolutionFactors.Channel }, { "strided", ConvolutionFactors.Spatial }, { "same", ConvolutionFactors.Spatial },
    };

    [Theory]
    [MemberData(nameof(Layers))]
    public void With_the_full_rank_nothing_is_lost(string kind, ConvolutionFactors factors)
    {
        using var layer = Create(kind);
        var rank = LowRank.SingularValues(layer, factors).Count;
        using var factorized = LowRank.Factorize(layer, rank, factors);
        var x = kind == "linear" ? Data.Normal(1, 3, 7) : Data.Normal(1, 2, 5, 9, 8);
        Data.AssertClose(layer.forward(x), factorized.forward(x), 2e-6);
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void The_error_is_that_of_the_singular_values_left_out(string kind, ConvolutionFactors factors)
    {
        using var layer = Create(kind);
        var values = LowRank.SingularValues(layer, factors);
        using var factorized = LowRank.Factorize(layer, 3, factors);

        // The weight that the two layers are together: what they answer to unit impulses.
        var weight = layer.get_parameter("weight")!;
        var parts = factorized.children().Select(m => m.get_parameter("weight")!).ToList();
        var product = kind == "linear" ? parts[1].matmul(parts[0])
            : factors == ConvolutionFactors.Channel ? einsum("or,rihw->oihw", parts[1].squeeze(3).squeeze(2), parts[0])
            : einsum("orw,rih->oihw", parts[1].squeeze(2), parts[0].squeeze(3));
        var error = product.sub(weight).square().sum().item<float>();
        Assert.Equal(values.Skip(3).Sum(v => v * v), error, 1e-4 * values.Sum(v => v * v));
    }

    [Fact]
    public void A_matrix_of_rank_two_is_found_to_be_one()
    {
        using var layer = Linear(20, 30);
        using (no_grad())
            layer.weight.copy_(Data.Normal(1, 30, 2).matmul(Data.Normal(2, 2, 20)));
        using var factorized = LowRank.Factorize(layer, new() { Choice = RankChoice.Energy, Energy = 0.9999 });
        Assert.Equal([2, 20], factorized.children().First().get_parameter("weight")!.shape);
        var x = Data.Normal(3, 4, 20);
        Data.AssertClose(layer.forward(x), factorized.forward(x), 1e-4);
        using var half = LowRank.Factorize(layer, new() { Choice = RankChoice.Ratio, Ratio = 0.5 });
        Assert.Equal([6, 20], half.children().First().get_parameter("weight")!.shape);
    }

    [Fact]
    public void Ranks_under_a_budget_go_where_the_energy_is()
    {
        using var flat = Linear(24, 24);
        using var steep = Linear(24, 24);
        using (no_grad())
        {
            flat.weight.copy_(linalg.qr(Data.Normal(1, 24, 24)).Q);
            steep.weight.copy_(Data.Normal(2, 24, 3).matmul(Data.Normal(3, 3, 24)) + (0.001 * Data.Normal(4, 24, 24)));
        }

        var ranks = LowRank.SearchRanks([flat, steep], 0.63);
        Assert.Equal(3, ranks[steep]);
        var weights = ranks.Sum(r => r.Value * 48) + ((2 - ranks.Count) * 576);
        Assert.InRange(weights, 1, (int)(0.63 * 1152));
        Assert.Contains("ranks of 1 take", Assert.Throws<CompressionException>(() => LowRank.SearchRanks([flat, steep], 0.05)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_factorized_is_said()
    {
        using var grouped = Conv2d(4, 4, 3, groups: 2);
        using var linear = Linear(4, 6);
        Check("groups", () => LowRank.Factorize(grouped, 1));
        Check("pads with zeros", () => LowRank.Factorize(Conv2d(4, 4, 3, padding: 1, padding_mode: PaddingModes.Reflect), 1, ConvolutionFactors.Spatial));
        Check("A ReLU is not factorized", () => LowRank.Factorize(ReLU(), 1));
        Check("Rank is 5; this layer's is at most 4", () => LowRank.Factorize(linear, 5));
        Check("Rank is 0", () => LowRank.Factorize(linear, 0));
        Check("a rank of 1 takes 0.4167 of the weights", () => LowRank.Factorize(linear, new() { Choice = RankChoice.Ratio, Ratio = 0.3 }));

        static void Check(string message, Action action) =>
            Assert.Contains(message, Assert.Throws<CompressionException>(action).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 2, 3, true, true)]
    [InlineData(7, 2, 3, false, true)]
    [InlineData(9, 3, 5, true, false)]
    [InlineData(5, 4, 1, false, false)]
    public void A_ghost_module_is_a_convolution_and_cheap_maps_of_it(int outputs, int ratio, int kernel, bool norm, bool relu)
    {
        using var ghost = new GhostConv2d(
            4, outputs, (3, 3), stride: (2, 2), padding: (1, 1), options: new() { Ratio = ratio, CheapKernel = kernel, BatchNorm = norm, Relu = relu });
        ghost.eval();
        var state = ghost.state_dict();
        var x = Data.Normal(1, 2, 4, 8, 8);
        var computed = (outputs + ratio - 1) / ratio;
        Assert.Equal([computed, 4, 3, 3], state["primary.conv.weight"].shape);
        Assert.Equal([computed * (ratio - 1), 1, kernel, kernel], state["cheap.conv.weight"].shape);

        var full = Finish(functional.conv2d(x, state["primary.conv.weight"], strides: [2, 2], padding: [1, 1]));
        // Each cheap map from its own full one.
        var maps = Enumerable.Range(0, computed * (ratio - 1)).Select(i => functional.conv2d(
            full.narrow(1, i / (ratio - 1), 1), state["cheap.conv.weight"].narrow(0, i, 1), padding: [kernel / 2, kernel / 2])).ToArray();
        var expected = cat([full, Finish(cat(maps, 1))], 1).narrow(1, 0, outputs);
        Data.AssertClose(expected, ghost.forward(x), 1e-5);

        var copy = (GhostConv2d)((IRebuildable)ghost).Rebuild();
        copy.load_state_dict(state);
        copy.eval();
        Data.AssertSame(ghost.forward(x), copy.forward(x));

        Tensor Finish(Tensor y)
        {
            y = norm ? y / Math.Sqrt(1 + 1e-5) : y;
            return relu ? y.relu() : y;
        }
    }

    [Fact]
    public void A_ghost_module_takes_the_place_of_a_convolution()
    {
        using var conv = Conv2d(6, 12, (3, 5), stride: (1, 2), padding: (1, 2), groups: 2);
        using var ghost = GhostConv2d.InPlaceOf(conv);
        var x = Data.Normal(1, 2, 6, 8, 9);
        Assert.Equal(conv.forward(x).shape, ghost.forward(x).shape);
        Assert.True(ghost.parameters().Sum(p => p.numel()) < 0.65 * conv.parameters().Sum(p => p.numel()) + 48);
        Assert.Throws<CompressionException>(() => GhostConv2d.InPlaceOf(Conv2d(3, 6, 3, padding_mode: PaddingModes.Reflect)));
        Assert.Contains("Ratio is 1", Assert.Throws<CompressionException>(() => GhostConv2d.InPlaceOf(conv, new() { Ratio = 1 })).Message, StringComparison.Ordinal);
        Assert.Contains("at least as many outputs", Assert.Throws<CompressionException>(() => GhostConv2d.InPlaceOf(conv, new() { Ratio = 13 })).Message, StringComparison.Ordinal);
        Assert.Contains("2 groups", Assert.Throws<CompressionException>(() => GhostConv2d.InPlaceOf(conv, new() { Ratio = 4 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unstructured_masks_keep_the_greatest_magnitudes()
    {
        var (a, b) = (Data.Normal(1, 6, 5), Data.Normal(2, 3, 4, 2));
        var masks = SparsityMask.Unstructured([a, b], 0.7);
        var all = a.ToArray().Concat(b.ToArray()).ToArray();
        var mask = masks[0].ToArray().Concat(masks[1].ToArray()).ToArray();
        Assert.Equal((int)(0.7 * 54), mask.Count(m => m == 0));
        var kept = all.Where((_, i) => mask[i] == 1).Min(MathF.Abs);
        Assert.True(all.Where((_, i) => mask[i] == 0).Max(MathF.Abs) <= kept);
        // Equal magnitudes do not change the number.
        Assert.Equal(5, SparsityMask.Unstructured(ones(10), 0.5).sum().item<float>());
    }

    [Fact]
    public void Two_of_four_input_channels_are_kept()
    {
        var weight = Data.Normal(1, 5, 8, 3, 2);
        var mask = SparsityMask.NOfM(weight);
        for (var o = 0; o < 5; o++)
        {
            for (var k = 0; k < 6; k++)
            {
                for (var run = 0; run < 2; run++)
                {
                    var (w, m) = (weight[o].view(8, 6).select(1, k).ToArray()[(4 * run)..(4 * run + 4)], mask[o].view(8, 6).select(1, k).ToArray()[(4 * run)..(4 * run + 4)]);
                    Assert.Equal(w.OrderByDescending(MathF.Abs).Take(2).Order(), w.Where((_, i) => m[i] == 1).Order());
                }
            }
        }

        Assert.Contains("[5, 6]", Assert.Throws<CompressionException>(() => SparsityMask.NOfM(ones(5, 6))).Message, StringComparison.Ordinal);
        Assert.Equal(1.0 / 3, SparsityMask.NOfM(Data.Normal(2, 4, 6), 1, 3).mean().item<float>(), 1e-6);
    }

    [Fact]
    public void Masked_weights_stay_zero()
    {
        using var layer = Linear(8, 4);
        var training = new SparseTraining();
        training.Add(layer.weight, SparsityMask.NOfM(layer.weight));
        Assert.Equal(0.5, training.Sparsity, 1e-9);
        using var optimizer = optim.SGD(layer.parameters(), 0.1);
        layer.forward(Data.Normal(1, 3, 8)).square().sum().backward();
        optimizer.step();
        Assert.NotEqual(16, layer.weight.count_nonzero().item<long>());
        training.OnStepEnd(null!);
        Assert.Equal(16, layer.weight.count_nonzero().item<long>());
        Assert.Throws<CompressionException>(() => training.Add(layer.weight, ones(4, 4)));
    }

    private static nn.Module<Tensor, Tensor> Create(string kind) => kind switch
    {
        "linear" => Linear(7, 6),
        "conv" => Conv2d(5, 6, (3, 4), padding: (1, 2)),
        "strided" => Conv2d(5, 8, 3, stride: 2, padding: 1, dilation: 2, bias: false),
        _ => Conv2d(5, 4, 3, padding: Padding.Same),
    };
}
