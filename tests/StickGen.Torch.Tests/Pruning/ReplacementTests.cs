using StickGen.Compression;
using StickGen.Pruning;
using StickGen.Rules;
using StickGen.Torch.Tests.Algorithms;
using StickGen.Torch.Tests.Models;
using StickGen.Torch.Tests.Models.Zoo;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Pruning;

/// <summary>Models whose layers are replaced: by Ghost modules, by low-rank factors, by the user's own.</summary>
public sealed class ReplacementTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public ReplacementTests() => random.manual_seed(97);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Ghost_modules_take_over_norms_and_activations()
    {
        using var model = new StageNet();
        var before = model.parameters().Sum(p => p.numel());
        using var ghosts = new GhostReplacement().Apply(model);
        var state = ghosts.state_dict();
        // The stem reads an image of three channels; the others are replaced with the norm after them.
        Assert.Equal([8, 3, 3, 3], state["stem.weight"].shape);
        Assert.Equal([3, 8, 3, 3], state["first.conv1.primary.conv.weight"].shape);
        Assert.Equal([3, 1, 3, 3], state["first.conv1.cheap.conv.weight"].shape);
        Assert.Equal([4], state["first.conv2.primary.norm.weight"].shape);
        Assert.DoesNotContain(state.Keys, k => k.StartsWith("first.bn", StringComparison.Ordinal));
        Assert.Equal([5, 32], state["fc.weight"].shape);
        Assert.True(ghosts.parameters().Sum(p => p.numel()) < 0.8 * before);
        Assert.Equal([2, 5], ghosts.forward(Data.Normal(1, 2, 3, 8, 8)).shape);

        var report = PruningReport.Of(model, ghosts);
        Assert.Equal(before, report.Root.ParametersBefore);
        Assert.Equal(ghosts.parameters().Sum(p => p.numel()), report.Root.ParametersAfter);
        Assert.Contains("Conv2d → GhostConv2d", report.ToString(), StringComparison.Ordinal);
        Assert.InRange(report.MultiplicationRatio, 0.5, 0.9);
    }

    [Fact]
    public void A_ghost_module_begins_with_the_filters_of_the_convolution()
    {
        using var model = new StageNet();
        MaskedIsShrunk.Disturb(model);
        model.eval();
        using var ghosts = new GhostReplacement(new() { Policy = new() { Only = ["second.conv2"] } }).Apply(model);
        var x = Data.Normal(1, 2, 10, 8, 8);
        var second = ghosts.named_modules().Single(m => m.name == "second.conv2").module;
        var original = model.named_modules().ToDictionary(m => m.name, m => m.module);
        var expected = ((BatchNorm2d)original["second.bn2"]).forward(((Conv2d)original["second.conv2"]).forward(x));
        Data.AssertClose(expected.narrow(1, 0, 4), ((Module<Tensor, Tensor>)second).forward(x).narrow(1, 0, 4), 1e-5);
    }

    [Fact]
    public void A_ghost_module_keeps_filters_that_no_batch_normalization_follows()
    {
        using var model = new PlainNet();
        using var ghosts = new GhostReplacement(new() { Policy = new() { Only = ["middle"] } }).Apply(model);
        var x = Data.Normal(1, 2, 8, 8, 8);
        var middle = (Module<Tensor, Tensor>)ghosts.named_modules().Single(m => m.name == "middle").module;
        var original = model.named_modules().Single(m => m.name == "middle").module;
        Data.AssertClose(functional.relu(((Conv2d)original).forward(x)).narrow(1, 0, 4), middle.forward(x).narrow(1, 0, 4), 1e-5);
    }

    /// <summary>The batch normalization stays where it is, and the ReLU after it.</summary>
    [Fact]
    public void A_ghost_module_without_batch_normalization_of_its_own_has_no_relu_before_that_of_the_model()
    {
        using var model = new StageNet();
        MaskedIsShrunk.Disturb(model);
        model.eval();
        using var ghosts = new GhostReplacement(new() { Ghost = new() { BatchNorm = false }, Policy = new() { Only = ["first.conv1"] } }).Apply(model);
        var ghost = (Module<Tensor, Tensor>)ghosts.named_modules().Single(m => m.name == "first.conv1").module;
        var x = Data.Normal(1, 2, 8, 8, 8);
        var original = (Conv2d)model.named_modules().Single(m => m.name == "first.conv1").module;
        Data.AssertClose(original.forward(x).narrow(1, 0, 3), ghost.forward(x).narrow(1, 0, 3), 1e-5);
    }

    [Fact]
    public void A_ghost_module_keeps_the_epsilon_and_the_momentum()
    {
        using var conv = Conv2d(4, 6, 3);
        using var norm = BatchNorm2d(6, eps: 1e-2, momentum: 0.3);
        using var ghost = GhostConv2d.InPlaceOf(conv, null, norm);
        Assert.All(ghost.modules().OfType<BatchNorm2d>(), n => Assert.Equal((1e-2, 0.3), (n.eps, n.momentum!.Value)));
        Assert.Equal(2, ghost.modules().OfType<BatchNorm2d>().Count());
        Assert.Throws<CompressionException>(() => GhostConv2d.InPlaceOf(conv, new() { Epsilon = 0 }));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_replaced_trains_and_is_quantized_exactly(bool areGhosts)
    {
        using var model = new StageNet();
        ModuleReplacement replacement = areGhosts
            ? new GhostReplacement(new() { Ghost = new() { Ratio = 2 } })
            : new LowRankDecomposition(new() { Layer = new() { Choice = RankChoice.Ratio, Ratio = 0.6 } });
        using var replaced = replacement.Apply(model);
        replaced.train();
        var optimizer = optim.SGD(replaced.parameters(), 0.01);
        var target = Data.Normal(3, 4, 5);
        var losses = new List<float>();
        for (var i = 0; i < 8; i++)
        {
            optimizer.zero_grad();
            var loss = replaced.forward(Data.Normal(1, 4, 3, 8, 8)).sub(target).square().mean();
            loss.backward();
            Assert.All(replaced.parameters(), p => Assert.True(p.grad is { } grad && grad.abs().sum().item<float>() > 0));
            optimizer.step();
            losses.Add(loss.item<float>());
        }

        Assert.True(losses[^1] < losses[0]);
        var quantization = new SimulatedQuantization(new());
        using var variant = quantization.Apply<StageNet.FakeQuantized, StageNet.Quantized>(replaced);
        variant.train();
        for (var i = 0; i < 3; i++)
            variant.forward(Data.Normal(i, 4, 3, 8, 8));
        variant.eval();
        ExactParity.Check(variant, variant.State, quantization.ToGraph(variant), Data.Normal(9, 4, 3, 8, 8) * 1.5);
        // The norms are fused with the convolutions that took the places of others.
        Assert.Contains(variant.State.Units, u => u.Rule == nameof(ConvBatchNormRelu) && u.Name.Contains(areGhosts ? "cheap" : "second", StringComparison.Ordinal));
    }

    [Fact]
    public void Ghost_modules_lose_channels_too()
    {
        using var model = new StageNet();
        using var ghosts = new GhostReplacement().Apply(model);
        MaskedIsShrunk.Disturb(ghosts);
        ghosts.eval();
        var pruning = new ChannelPruning(new MagnitudeCriterion(), new() { Ratio = 0.5 });
        using var masked = pruning.Apply(ghosts);
        using var smaller = pruning.Convert(masked);
        var x = Data.Normal(1, 2, 3, 8, 8);
        Data.AssertClose(masked.forward(x), smaller.forward(x), 1e-4);
        Assert.True(smaller.parameters().Sum(p => p.numel()) < 0.6 * ghosts.parameters().Sum(p => p.numel()));
    }

    [Fact]
    public void Low_rank_factors_approximate_within_a_budget()
    {
        using var model = new VisionTransformer(32, 2, 2, 10);
        model.eval();
        var x = Data.Normal(1, 1, 3, 224, 224);
        var expected = model.forward(x);
        var weights = Weights(model);
        var last = double.PositiveInfinity;
        foreach (var budget in new[] { 0.3, 0.6, 0.9 })
        {
            using var smaller = new LowRankDecomposition(new() { Budget = budget, Convolutions = false }).Apply(model);
            smaller.eval();
            Assert.InRange(Weights(smaller), 0.9 * budget * weights, budget * weights);
            var error = smaller.forward(x).sub(expected).square().mean().item<float>();
            Assert.True(error < last, $"{error} with {budget}, {last} with less");
            last = error;
        }

        static long Weights(nn.Module module) => module.modules().OfType<Linear>().Sum(l => l.weight.numel());
    }

    [Theory]
    [InlineData(ConvolutionFactors.Channel)]
    [InlineData(ConvolutionFactors.Spatial)]
    public void With_all_of_the_energy_nothing_is_lost(ConvolutionFactors factors)
    {
        using var model = new ResNet([1, 1], hasBottlenecks: false);
        model.eval();
        // Of rank 2, so that factors are smaller.
        using (no_grad())
        {
            foreach (var conv in model.modules().OfType<Conv2d>().Where(c => c.in_channels > 3))
                conv.weight.copy_(LowRankTensor(conv, factors));
        }

        var options = new LowRankDecompositionOptions { Layer = new() { Energy = 1, Factors = factors }, Policy = new() { Exclude = ["conv1", "fc"] } };
        using var smaller = new LowRankDecomposition(options).Apply(model);
        var x = Data.Normal(1, 1, 3, 48, 48);
        Data.AssertClose(model.forward(x), smaller.forward(x), 1e-3);
        Assert.True(smaller.parameters().Sum(p => p.numel()) < 0.4 * model.parameters().Sum(p => p.numel()));
    }

    [Fact]
    public void A_rule_of_the_user_replaces_modules()
    {
        using var model = new StageNet();
        var rule = new ModuleRule(
            "WithoutNorm", "(batch_norm2d:norm (conv2d:conv $x))", match => match.Module<Conv2d>("conv").in_channels == 3,
            match => new Dictionary<nn.Module, nn.Module> { [match.Module<BatchNorm2d>("norm")] = Identity() });
        using var replaced = new RuleReplacement([rule]).Apply(model);
        Assert.DoesNotContain("bn.weight", replaced.state_dict().Keys);
        Assert.Contains("first.bn1.weight", replaced.state_dict().Keys);
        var missing = Assert.Throws<CompressionException>(() => new RuleReplacement([rule], new() { Exclude = ["stem"] }).Apply(model));
        Assert.Contains("nothing to replace in StageNet", missing.Message, StringComparison.Ordinal);
        var foreign = new ModuleRule("Foreign", "(conv2d:conv $x)", null, _ => new Dictionary<nn.Module, nn.Module> { [ReLU()] = Identity() });
        Assert.Contains("not part of its match", Assert.Throws<CompressionException>(() => new RuleReplacement([foreign]).Apply(model)).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => new ModuleRule("Bad", "(conv9d $x)", null, _ => new Dictionary<nn.Module, nn.Module>()));
    }

    [Fact]
    public void A_rule_in_csharp_replaces_modules()
    {
        using var model = new StageNet();
        using var replaced = new RuleReplacement([GhostsWithWideKernels.Rule], new() { Exclude = ["second"] }).Apply(model);
        var state = replaced.state_dict();
        Assert.Equal([3, 1, 5, 5], state["first.conv1.cheap.conv.weight"].shape);
        Assert.DoesNotContain("first.bn1.weight", state.Keys);
        Assert.Contains("second.bn1.weight", state.Keys);
        // Its norm is not followed by a ReLU.
        Assert.Contains("first.bn2.weight", state.Keys);
        Assert.Equal([2, 5], replaced.forward(Data.Normal(1, 2, 3, 8, 8)).shape);
    }

    [Fact]
    public void A_policy_that_names_nothing_is_an_error()
    {
        using var model = new StageNet();
        Says("Only names 'stem2', which is no module of StageNet", () => new GhostReplacement(new() { Policy = new() { Only = ["stem2"] } }).Apply(model));
        Says("Exclude names 'sto'", () => new LowRankDecomposition(new() { Policy = new() { Exclude = ["sto"] } }).Apply(model));
        Says("MinimumInputs is 0", () => new GhostReplacement(new() { MinimumInputs = 0 }).Apply(model));
        Says("Budget is 1", () => new LowRankDecomposition(new() { Budget = 1 }).Apply(model));
        Says("nothing to replace", () => new LowRankDecomposition(new() { Layer = new() { Energy = 1 } }).Apply(model));
        Says("Convolutions is False", () => new LowRankDecomposition(new() { Linear = false, Convolutions = false }).Apply(model));

        static void Says(string message, Action action) =>
            Assert.Contains(message, Assert.Throws<CompressionException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_are_json()
    {
        var ghost = new GhostReplacementOptions { Ghost = new() { Ratio = 3, CheapKernel = 5 }, MinimumInputs = 8, IncludePointwise = false, KeepWeights = false };
        Assert.Equal(ghost.ToJson(), GhostReplacementOptions.FromJson(ghost.ToJson()).ToJson());
        var rank = new LowRankDecompositionOptions { Budget = 0.5, Layer = new() { Factors = ConvolutionFactors.Spatial }, Policy = new() { Exclude = ["fc"] } };
        Assert.Equal(rank.ToJson(), LowRankDecompositionOptions.FromJson(rank.ToJson()).ToJson());
        Assert.Throws<System.Text.Json.JsonException>(() => LowRankDecompositionOptions.FromJson("""{ "Bugdet": 0.5 }"""));
    }

    private static Tensor LowRankTensor(Conv2d conv, ConvolutionFactors factors)
    {
        var (outputs, inputs, kernel) = (conv.out_channels, conv.in_channels, conv.kernel_size[0]);
        return factors == ConvolutionFactors.Channel
            ? randn(outputs, 2).matmul(randn(2, inputs * kernel * kernel)).view(conv.weight.shape).div(Math.Sqrt(2 * inputs * kernel * kernel))
            : randn(outputs * kernel, 2).matmul(randn(2, inputs * kernel)).view(outputs, kernel, inputs, kernel).permute(0, 2, 3, 1)
                .div(Math.Sqrt(2 * inputs * kernel * kernel));
    }
}

/// <summary>A rule that replaces modules: what the generator compiles of it is given to <see cref="RuleReplacement"/>.</summary>
[RewriteRule]
public static partial class GhostsWithWideKernels
{
    [Match]
    private static Tensor Pattern(Tensor x, Conv2d conv, BatchNorm2d norm) => functional.relu(norm.forward(conv.forward(x)));

    [Where]
    private static bool ReadsFeatures(Conv2d conv) => conv.in_channels > 3;

    [Replace]
    private static GhostConv2d With(Conv2d conv, BatchNorm2d norm) => GhostConv2d.InPlaceOf(conv, new() { CheapKernel = 5 }, norm);
}
