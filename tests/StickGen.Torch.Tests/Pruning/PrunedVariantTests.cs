using StickGen.Compression;
using StickGen.Pruning;
using StickGen.Torch.Tests.Models;
using StickGen.Torch.Tests.Models.Zoo;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Pruning;

/// <summary>The emitted pruned variant: what is masked in it computes what the smaller one does.</summary>
public sealed class PrunedVariantTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public PrunedVariantTests() => random.manual_seed(71);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Residual_stage() => Check(new StageNet(), 2, 3, 8, 8);

    [Fact]
    public void Depthwise_layers_in_a_sequential() => Check(new MobileNet(), 2, 3, 8, 8);

    [Fact]
    public void Dense_connections() => Check(new DenseNet(), 2, 3, 6, 6);

    [Fact]
    public void Grouped_layers_and_group_norms() => Check(new GroupedNet(), 2, 3, 6, 6);

    [Fact]
    public void Sizes_in_reshapes_follow() => Check(new ReshapingNet(), 2, 3, 6, 6);

    [Fact]
    public void Blocks_in_lists() => Check(new StagesNet(), 2, 3, 8, 8);

    [Fact]
    public void Layers_of_lists_side_by_side() => Check(new DenseListNet(), 2, 3, 8, 8);

    [Fact]
    public void Loops_that_keep_what_they_computed() => Check(new Models.UNet(2, 4), 2, 3, 16, 16);

    [Fact]
    public void Layers_that_run_several_times() => Check(new RecurrentNet(3, true), 2, 4, 6, 6);

    /// <summary>Code that halves a value halves what is left of it.</summary>
    [Fact]
    public void Parts_that_lose_differently_many_are_refused()
    {
        using var model = new HalvedNet();
        MaskedIsShrunk.Disturb(model);
        model.eval();
        using var variant = new ChannelPruning(new MagnitudeCriterion(), new() { Ratio = 0 }).Apply(model);
        var (group, x) = (variant.State.Groups["stem"], Data.Normal(1, 2, 3, 8, 8));
        variant.State.Mask(variant.State.Selection.Keep(group, [1, 3, 4, 6]));
        using var smaller = variant.State.Shrink<HalvedNet.Pruned>();
        Data.AssertClose(variant.forward(x), smaller.forward(x), 1e-5);

        variant.State.Mask(ChannelSelection.All(variant.State.Groups).Keep(group, [0, 1, 2, 5]));
        Assert.Contains("chunk(2, 1)", Assert.Throws<CompressionException>(() => variant.State.Shrink<HalvedNet.Pruned>()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_shared_with_the_original_is_named_and_not_lost_in_a_file()
    {
        using var model = new SharingNet();
        using var variant = new ChannelPruning(new MagnitudeCriterion(), new() { Ratio = 0 }).Apply(model);
        Assert.Equal(["memory"], variant.State.Borrowed);
        var path = Path.GetTempFileName();
        Assert.Contains("'memory' (LSTM) cannot be rebuilt", Assert.Throws<CompressionException>(() => variant.State.Save(path)).Message, StringComparison.Ordinal);
        File.Delete(path);
    }

    [Fact]
    public void Marked_layers_stay()
    {
        using var pruned = Check(new MarkedNet(), 2, 3, 6, 6);
        Assert.Contains("KeepChannels", pruned.State.Groups["conv2"].FrozenBecause, StringComparison.Ordinal);
    }

    [Fact]
    public void ResNet18() => Check(new ResNet([2, 2, 2, 2], hasBottlenecks: false), 1, 3, 64, 64);

    [Fact]
    public void ResNet50() => Check(new ResNet([3, 4, 6, 3], hasBottlenecks: true), 1, 3, 64, 64);

    [Fact]
    public void Vgg16() => Check(new Vgg16(divisor: 8), 1, 3, 224, 224);

    [Fact]
    public void Dense_blocks() => Check(new DenselyConnected(), 1, 3, 32, 32);

    [Fact]
    public void Shuffled_channels()
    {
        using var smaller = Check(new ShuffleNetV2(), 2, 3, 32, 32);
        Assert.Equal(8, Width(smaller.State, "units.0.main.5"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Attention_in_windows(bool hasBias)
    {
        using var smaller = Check(new SwinTransformer(hasBias: hasBias), 2, 3, 64, 64);
        Assert.Equal(8, Width(smaller.State, "patches"));
        Assert.Equal(16, Width(smaller.State, "stage1.0.fc1"));
        Assert.Equal(24, Width(smaller.State, "stage1.0.qkv"));
    }

    [Fact]
    public void Nearest_upsampling() => Check(new UpsamplingNet(), 2, 3, 8, 8);

    [Fact]
    public void MobileNetV2() => Check(new MobileNetV2(), 1, 3, 64, 64);

    [Fact]
    public void GoogLeNet() => Check(new GoogLeNet(), 1, 3, 64, 64);

    [Fact]
    public void UNet() => Check(new Models.Zoo.UNet(4), 1, 3, 64, 64);

    [Fact]
    public void Yolo() => Check(new C2f(), 1, 16, 20, 20);

    [Fact]
    public void VisionTransformer()
    {
        using var smaller = Check(new VisionTransformer(32, 2, 2, 10), 1, 3, 224, 224);
        Assert.Equal(48, smaller.State.Groups["blocks.0.qkv"].Axes[0].Axis.Size);
        // Heads are what three layers compute, but not what is added.
        Assert.False(smaller.State.Groups["blocks.0.qkv"].IsResidual);
        Assert.True(smaller.State.Groups["patches"].IsResidual);
        // Positions and the class token lose the features that the patches lose.
        Assert.Equal(16, Width(smaller.State, "patches"));
        Assert.Equal([1, 197, 16], smaller.state_dict()["positions"].shape);
        Assert.Equal([1, 1, 16], smaller.state_dict()["token"].shape);
    }

    [Fact]
    public void Llama() => Check(new LlamaBlock(), 2, 8, 64);

    private static int Width(PruningState state, string layer) =>
        state.Groups.Modules.Single(m => m.Path == layer).Axes.Single(a => a.Role == ChannelRole.Output).Size;

    /// <summary>Keeps every other channel; the smaller model is pruned once more, and the original stays as it is.</summary>
    private static TPruned Check<TPruned>(IPrunable<TPruned> model, params long[] shape)
        where TPruned : nn.Module<Tensor, Tensor>, IPruned<TPruned>
    {
        var original = (nn.Module<Tensor, Tensor>)(object)model;
        MaskedIsShrunk.Disturb(original);
        original.eval();
        var x = Data.Normal(5, shape);
        var expected = original.forward(x);
        using var variant = new ChannelPruning(new MagnitudeCriterion(), new() { Ratio = 0 }).Apply(model);
        Data.AssertSame(expected, variant.forward(x));

        var smaller = Halve(variant, x);
        Data.AssertSame(expected, original.forward(x));

        // It is quantized like any other model.
        using var quantized = (nn.Module<Tensor, Tensor>)new SimulatedQuantization().ApplyTo(smaller, []);
        ((IFakeQuantized)quantized).State.Mode = QuantizationMode.Disabled;
        Data.AssertSame(smaller.forward(x), quantized.forward(x));
        // Its own channels can be removed as well.
        using var least = Halve(smaller, x);
        return smaller;
    }

    private static TPruned Halve<TPruned>(TPruned variant, Tensor x)
        where TPruned : nn.Module<Tensor, Tensor>, IPruned<TPruned>
    {
        var groups = variant.State.Groups;
        var before = variant.forward(x);
        variant.State.Mask(groups.Prunable.Aggregate(
            ChannelSelection.All(groups), (selection, group) => selection.Keep(group, Enumerable.Range(0, group.Width).Where(i => i % 2 == 0))));
        var masked = variant.forward(x);
        var smaller = variant.State.Shrink<TPruned>();
        var difference = smaller.forward(x).sub(masked).abs().max().item<float>();
        var largest = masked.abs().max().item<float>();
        Assert.True(difference <= 1e-4 * largest, $"differs by {difference} of {largest}");
        Assert.False(masked.allclose(before), "The channels that are removed make no difference.");

        // A module that has no channels left to lose may be in other groups than before, but has the width that was asked for. A dimension of a
        // parameter that has one element left is no axis any more.
        var kept = variant.State.Selection.ToKept();
        var modules = smaller.State.Groups.Modules.ToDictionary(m => m.Path);
        foreach (var axis in groups.Modules.SelectMany(m => m.Axes))
            Assert.Equal(kept.CountOf(axis), modules[axis.Path].Axes.SingleOrDefault(a => a.Name == axis.Name)?.Size ?? 1);
        return smaller;
    }
}
