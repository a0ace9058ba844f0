using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Pruning;
using StickGen.Torch.Tests.Models;
using StickGen.Torch.Tests.Rules;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Pruning;

/// <summary>Which channels have to go together, and what becomes of a model without them.</summary>
public sealed class ChannelGroupTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public ChannelGroupTests() => random.manual_seed(23);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Residual_additions_tie_a_stage()
    {
        using var model = new StageNet();
        Assert.Equal(
            """
            StageNet
              stem: 8 × (stem output, bn each, first.conv1 input, first.conv2 output, first.bn2 each, second.conv1 input, second.conv2 output, second.bn2 each, 4 of fc input)
              stem#2: 3 × (stem input); frozen: 'x' is an input of the model
              first.conv1: 6 × (first.conv1 output, first.bn1 each, first.conv2 input)
              second.conv1: 10 × (second.conv1 output, second.bn1 each, second.conv2 input)
              fc: 5 × (fc output); frozen: 'fc' is a result of the model

            """, Text(model));
        MaskedIsShrunk.Check(() => new StageNet(), Half, [2, 3, 8, 8]);
    }

    /// <summary>On either side of an operator.</summary>
    [Fact]
    public void One_channel_that_is_repeated_is_tied_to_none()
    {
        using var model = new GatedNet();
        var groups = ChannelGroups.Of(model);
        Assert.Equal(["stem"], groups.Prunable.Where(g => g.Width > 1).Select(g => g.Name));
        var scores = groups.Frozen.Single(g => g.Name == "scores");
        Assert.Equal((5, "'fc' is a result of the model".Replace("fc", "add", StringComparison.Ordinal)), (scores.Width, scores.FrozenBecause));
        MaskedIsShrunk.Check(() => new GatedNet(), g => g.Width == 1 ? [0] : [0, 3, 6], [2, 3, 8, 8]);
    }

    [Fact]
    public void Depthwise_convolutions_tie_what_they_read_and_compute()
    {
        using var model = new MobileNet();
        Assert.Equal(
            """
            MobileNet
              features.expand: 12 × (features.expand output, features.bn1 each, features.depthwise output, features.depthwise input, features.bn2 each, features.project input)
              features.expand#2: 3 × (features.expand input); frozen: 'x' is an input of the model
              features.project: 6 × (features.project output, features.bn3 each, 2 of features.double output, features.double input, 2 of features.head input)
              features.head: 4 × (features.head output); frozen: 'features.head' is a result of the model

            """, Text(model));
        MaskedIsShrunk.Check(() => new MobileNet(), Half, [2, 3, 8, 8]);
    }

    [Fact]
    public void Concatenations_keep_their_parts_apart()
    {
        using var model = new DenseNet();
        var groups = ChannelGroups.Of(model);
        Assert.Equal(["conv0", "conv1", "conv2"], groups.Prunable.Select(g => g.Name));
        Assert.Equal(
            "conv0: 4 × (conv0 output, norm1 each, conv1 input, norm2 each, conv2 input, norm3 each, 36 of fc input)", groups["conv0"].ToString());
        var norm = groups["conv1"].Axes.Single(a => a.Axis.Path == "norm3");
        Assert.Equal([7, 8, 9, 10, 11, 12], norm.Indices.Select(i => i.Single()));
        Assert.Equal("'x' is an input of the model", groups.Frozen.Single(g => g.Axes.Any(a => a.Axis.Path == "norm3")).FrozenBecause);
        MaskedIsShrunk.Check(() => new DenseNet(), Half, [2, 3, 6, 6]);
    }

    [Fact]
    public void Groups_stay_of_one_size()
    {
        using var model = new GroupedNet();
        var groups = ChannelGroups.Of(model);
        // Two groups of six and of eight lose channels in pairs; of six groups whole ones are removed.
        Assert.Equal("features.stem: 6 × (2 of features.stem output, 2 of features.few input)", groups["features.stem"].ToString());
        Assert.Equal("features.few: 8 × (2 of features.few output, 2 of features.mix input)", groups["features.few"].ToString());
        Assert.Equal(
            "features.mix: 6 × (2 of features.mix output, 3 of features.many output, 2 of features.many input, 3 of features.mix2 input)",
            groups["features.mix"].ToString());
        Assert.Equal(6, groups["features.mix2"].Width);
        MaskedIsShrunk.Check(() => new GroupedNet(), Half, [2, 3, 6, 6]);
    }

    [Fact]
    public void Channels_are_followed_through_reshapes()
    {
        using var model = new ReshapingNet();
        var groups = ChannelGroups.Of(model);
        // Two rows of four: a smaller tensor has two rows still.
        Assert.Equal("conv1: 4 × (2 of conv1 output, 2 of conv2 input)", groups["conv1"].ToString());
        Assert.Equal([1, 5], groups["conv1"].Axes[0].Indices[1]);
        Assert.Equal("conv2: 6 × (conv2 output, 36 of fc input)", groups["conv2"].ToString());
        MaskedIsShrunk.Check(() => new ReshapingNet(), Half, [2, 3, 6, 6]);
    }

    [Fact]
    public void Models_of_other_tests()
    {
        MaskedIsShrunk.Check(() => new NestedNet(), Half, [2, 3, 8, 8]);
        MaskedIsShrunk.Check(() => new ActivatedNet(), Half, [2, 3, 8, 8]);
        MaskedIsShrunk.Check(() => new LeNet5(), Half, [2, 1, 28, 28]);
        MaskedIsShrunk.Check(() => new BasicBlock(6, 2), Half, [2, 4, 8, 8]);
    }

    [Fact]
    public void A_module_that_is_called_twice_has_one_set_of_channels()
    {
        using var model = new SharedNet();
        var group = Assert.Single(ChannelGroups.Of(model).All);
        Assert.Equal("'x' is an input of the model", group.FrozenBecause![^"'x' is an input of the model".Length..]);
    }

    [Fact]
    public void What_is_not_understood_freezes_and_says_so()
    {
        using var model = new UnknownOperationNet();
        var groups = ChannelGroups.Of(model);
        Assert.Contains("cumsum", groups["conv1"].FrozenBecause, StringComparison.Ordinal);
        Assert.Contains("cumsum", groups.Frozen.Single(g => g.Axes[0].Axis is { Path: "conv2", Role: ChannelRole.Input }).FrozenBecause, StringComparison.Ordinal);
        Assert.Equal("conv2 output, conv3 input", string.Join(", ", groups.Prunable.Single().Axes.Select(a => a.Axis.Name)));
        MaskedIsShrunk.Check(() => new UnknownOperationNet(), Half, [2, 3, 6, 6]);
    }

    [Fact]
    public void Marked_layers_keep_their_channels_and_training_counts()
    {
        using var model = new MarkedNet();
        var groups = ChannelGroups.Of(model);
        Assert.Equal("conv1 output, conv2 input, auxiliary input", string.Join(", ", groups["conv1"].Axes.Select(a => a.Axis.Name)));
        Assert.Equal(["conv1", "conv3"], groups.Prunable.Select(g => g.Name));
        Assert.Equal("'conv2' is marked [KeepChannels]", groups["conv2"].FrozenBecause);
        MaskedIsShrunk.Check(() => new MarkedNet(), Half, [2, 3, 6, 6]);
    }

    [Fact]
    public void A_size_that_is_not_known_freezes_what_is_flattened()
    {
        using var model = new LeNet5();
        var groups = ChannelGroups.Of(model, new Shape("batch", 1, 28, 28));
        Assert.Equal(["conv1", "conv2", "fc1", "fc2"], groups.Prunable.Select(g => g.Name.Split('#')[0]));
    }

    private static string Text(ICompressible model) => ChannelGroups.Of(model).ToString().ReplaceLineEndings("\n");

    private static IEnumerable<int> Half(ChannelGroup group) => Enumerable.Range(0, group.Width).Where(i => i % 2 == 0);
}
