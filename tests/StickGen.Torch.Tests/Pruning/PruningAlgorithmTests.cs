using StickGen.Compression;
using StickGen.Pruning;
using StickGen.Torch.Tests.Algorithms;
using StickGen.Torch.Tests.Models;
using StickGen.Torch.Tests.Models.Zoo;
using StickGen.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Pruning;

/// <summary>The algorithms through their one interface: apply, train, convert; then quantize and deploy.</summary>
public sealed class PruningAlgorithmTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public PruningAlgorithmTests() => random.manual_seed(83);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void A_pruned_model_is_quantized_exactly()
    {
        using var model = new StageNet();
        var pruning = new ChannelPruning(new MagnitudeCriterion(), new() { Ratio = 0.45 });
        using var masked = pruning.Apply(model);
        var quantization = new SimulatedQuantization(new());
        var error = Assert.Throws<CompressionException>(() => quantization.Apply<StageNet.FakeQuantized, StageNet.Quantized>(masked));
        Assert.Contains("Shrink", error.Message, StringComparison.Ordinal);

        using var smaller = pruning.Convert(masked);
        using var variant = quantization.Apply<StageNet.FakeQuantized, StageNet.Quantized>(smaller);
        variant.train();
        for (var i = 0; i < 3; i++)
            variant.forward(Data.Normal(i, 4, 3, 8, 8));
        variant.eval();
        ExactParity.Check(variant, variant.State, quantization.ToGraph(variant), Data.Normal(9, 4, 3, 8, 8) * 1.5);
        Assert.Equal(5, smaller.State.Groups.Modules.Single(m => m.Path == "stem").Axes[0].Size);
    }

    [Fact]
    public void Steps_mask_more_and_more()
    {
        using var model = new StageNet();
        var pruning = new ChannelPruning(new MagnitudeCriterion(), new() { Ratio = 0.5 }, steps: 2, ScheduleShape.Linear);
        using var variant = pruning.Apply(model);
        var stem = variant.State.Groups["stem"];
        var first = variant.State.Selection.Kept(stem);
        Assert.Equal(6, first.Count);
        using var smaller = pruning.Convert(variant);
        var second = variant.State.Selection.Kept(stem);
        Assert.Equal(4, second.Count);
        Assert.Subset(first.ToHashSet(), second.ToHashSet());
    }

    [Fact]
    public void UniPruning_converts_to_what_it_selects()
    {
        using var model = new StageNet();
        MaskedIsShrunk.Disturb(model);
        var options = new UniPruningOptions { PruningStep = 2, Target = 0.6 };
        var pruning = new UniPruning(options);
        using var variant = pruning.Apply(model);
        var expected = UniPruning.Select(ChannelGroups.Of(model), options);
        using var smaller = pruning.Convert(variant);
        foreach (var group in expected.Groups.Prunable)
            Assert.Equal(expected.Kept(group), variant.State.Selection.Kept(variant.State.Groups[group.Name]));
        Assert.Single(pruning.Callbacks);
    }

    [Fact]
    public void Scop_removes_the_channels_that_do_as_well_with_knockoffs()
    {
        using var model = new StageNet();
        var pruning = new ScientificControl(new() { Ratio = 0.5 });
        using var variant = pruning.Apply(model);
        variant.train();
        var x = Data.Normal(1, 6, 3, 8, 8);
        var optimizer = optim.SGD(variant.parameters(), 0.5);
        var y = pruning.Forward(variant, x);
        Assert.Equal([6, 5], y.shape);
        y.square().mean().backward();
        var gates = variant.named_parameters().Where(p => p.name.EndsWith("kappa", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, gates.Count);
        Assert.All(gates, g => Assert.True(g.parameter.grad is { } grad && grad.abs().sum().item<float>() > 0));
        optimizer.step();

        using (no_grad())
        {
            // The last channels of the stem need their real features, the others do not.
            variant.named_parameters().Single(p => p.name.Contains("stem", StringComparison.Ordinal) && p.name.EndsWith("kappa", StringComparison.Ordinal))
                .parameter.copy_(tensor([0.1f, 0.1f, 0.1f, 0.1f, 0.9f, 0.9f, 0.9f, 0.9f]));
        }

        using var smaller = pruning.Convert(variant);
        Assert.Equal([4, 5, 6, 7], variant.State.Selection.Kept(variant.State.Groups["stem"]));
        variant.eval();
        smaller.eval();
        Data.AssertClose(pruning.Forward(variant, x), smaller.forward(x), 1e-4);
    }

    [Theory]
    [InlineData(3f, -9f, new[] { 0 })]
    [InlineData(-9f, 3f, new[] { 1 })]
    [InlineData(-9f, -8f, new[] { 1 })]
    public void Heads_whose_gates_close_are_removed_but_for_one(float first, float second, int[] kept)
    {
        using var model = new VisionTransformer(32, 2, 1, 10);
        var pruning = new HeadPruning(new() { Penalty = 0.5 });
        using var variant = pruning.Apply(model);
        var gate = Assert.Single(pruning.GateParameters);
        var options = new HardConcreteOptions();
        var open = 2 / (1 + Math.Exp(-(2 - options.Temperature * Math.Log(-options.Low / options.High))));
        var loss = pruning.Loss((output, _) => output.sum() * 0)(variant.forward(zeros(1, 3, 224, 224)), new(zeros(1, 1), zeros(1)));
        Assert.Equal(0.5 * open, loss.item<float>(), 1e-4);

        using (no_grad())
            gate.copy_(tensor([first, second]));
        using var smaller = pruning.Convert(variant);
        Assert.Equal(kept, variant.State.Selection.Kept(variant.State.Groups["blocks.0.qkv"]));
        // What a gate lets through is part of the smaller model's weights.
        variant.eval();
        smaller.eval();
        var x = Data.Normal(1, 1, 3, 224, 224);
        Data.AssertClose(variant.forward(x), smaller.forward(x), 1e-4);
        Assert.Equal(48, ((Linear)smaller.State.Groups.Modules.Single(m => m.Path == "blocks.0.qkv").Module).weight.shape[0]);
    }

    /// <summary>Batches that are mixed with their knockoffs are no statistics of the data.</summary>
    [Fact]
    public void Scop_leaves_running_statistics_alone()
    {
        using var model = new StageNet();
        var algorithm = new ScientificControl(new() { Ratio = 0.25 });
        using var variant = algorithm.Apply(model);
        variant.train();
        for (var i = 0; i < 3; i++)
            algorithm.Forward(variant, Data.Normal(i, 6, 3, 8, 8) * 3).sum().backward();
        using var smaller = algorithm.Convert(variant);
        // Of the stage, all channels of which a layer reads some are those of the original.
        var kept = variant.State.Selection.Kept(variant.State.Groups["stem"]).Select(c => (long)c).ToArray();
        Assert.Equal(model.get_buffer("bn.running_var")!.index_select(0, tensor(kept)).ToArray(), smaller.get_buffer("bn.running_var")!.ToArray());
    }

    [Fact]
    public void What_cannot_be_done_is_said()
    {
        using var model = new StageNet();
        Says("no heads", () => new HeadPruning(new()).Apply(model));
        var pruning = new ChannelPruning(new MagnitudeCriterion(), new());
        Says("not applied", () => pruning.Convert(new ChannelPruning(new MagnitudeCriterion(), new()).Apply(model)));
        using var variant = pruning.Apply(model);
        Says("applied already", () => pruning.Apply(model));
        // What failed can be applied elsewhere.
        var far = new ChannelPruning(new BatchNormScaleCriterion(), new() { Ratio = 0.5 });
        using var plain = new PlainNet();
        Says("none is scored", () => far.Apply(plain));
        far.Apply(model).Dispose();
        Says("a batch normalization", () => new ScientificControl(new()).Apply(plain));
        Says("has no scores", () => new ChannelPruning(new BatchNormScaleCriterion(), new() { Ratio = 0, GroupRatios = new Dictionary<string, double> { ["stem"] = 0.5 } }).Apply(plain));
        Says("Taylor needs gradients", () => new ChannelPruning(new TaylorCriterion(), new()).Apply(model));
        Says("another instance", () => variant.State.Mask(ChannelSelection.All(ChannelGroups.Of(model))));

        static void Says(string message, Action action) =>
            Assert.Contains(message, Assert.Throws<CompressionException>(action).Message, StringComparison.Ordinal);
    }
}
