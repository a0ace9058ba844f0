using StickGen.Pruning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Pruning;

/// <summary>Each kind of module made smaller: on the kept channels it computes what the whole one does when the others are zero.</summary>
public sealed class ModuleSurgeryTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public ModuleSurgeryTests() => random.manual_seed(43);

    public void Dispose() => scope.Dispose();

    public static TheoryData<string, long[], long[], int[]> Modules => new()
    {
        { "conv1d", [0, 2, 5], [1, 3], [2, 6, 9] },
        { "conv2d", [0, 2, 5], [1, 3], [2, 6, 9, 7] },
        { "conv2d same", [1, 2], [0, 1, 3], [2, 6, 9, 7] },
        { "conv3d", [3, 4], [0], [2, 6, 5, 4, 3] },
        { "depthwise", [1, 4, 5], [1, 4, 5], [2, 6, 5, 5] },
        { "depthwise doubled", [1, 4], [2, 3, 8, 9], [2, 6, 5, 5] },
        { "whole groups", [2, 3, 4, 5], [1, 2], [2, 6, 5, 5] },
        { "parts of groups", [0, 2, 3, 5], [1, 2, 5, 6], [2, 6, 5, 5] },
        { "transposed", [0, 5], [1, 2], [2, 6, 5, 4] },
        { "transposed grouped", [0, 1, 3, 4], [1, 3], [2, 6, 5, 4] },
        { "transposed 1d", [0, 5], [1, 2], [2, 6, 5] },
        { "linear", [0, 5], [1, 2], [2, 6] },
    };

    [Theory]
    [MemberData(nameof(Modules))]
    public void A_layer(string kind, long[] inputs, long[] outputs, int[] shape)
    {
        using var module = Create(kind);
        var prunable = PrunableModules.Of("module", module)!;
        var kept = new KeptChannels();
        kept.Set(prunable.Axes.Single(a => a.Role == ChannelRole.Input), inputs);
        kept.Set(prunable.Axes.Single(a => a.Role == ChannelRole.Output), outputs);
        using var smaller = (Module<Tensor, Tensor>)prunable.Shrink(kept);
        module.get_parameter("weight")!.requires_grad = false;

        var x = Data.Normal(1, Array.ConvertAll(shape, s => (long)s));
        var mask = zeros(6);
        foreach (var i in inputs)
            mask[i] = 1f;
        var masked = x * mask.view([1, 6, .. Enumerable.Repeat(1L, shape.Length - 2)]);
        var expected = module.forward(masked).index_select(1, tensor(outputs));
        Data.AssertClose(expected, smaller.forward(x.index_select(1, tensor(inputs))), 1e-5);
        Assert.Equal(smaller.parameters().Sum(p => p.numel()), prunable.ParameterCount(kept));
        Assert.True(smaller.get_parameter("weight")!.requires_grad);
    }

    [Theory]
    [InlineData("batch")]
    [InlineData("instance")]
    [InlineData("slope")]
    public void What_has_channels_of_its_own(string kind)
    {
        using var module = Create(kind);
        MaskedIsShrunk.Disturb(module);
        module.eval();
        var prunable = PrunableModules.Of("module", module)!;
        var kept = new KeptChannels();
        long[] indices = [0, 3, 4];
        kept.Set(prunable.Axes.Single(), indices);
        using var smaller = (Module<Tensor, Tensor>)prunable.Shrink(kept);
        Assert.False(smaller.training);
        var x = Data.Normal(1, 2, 6, 4, 4);
        Data.AssertClose(module.forward(x).index_select(1, tensor(indices)), smaller.forward(x.index_select(1, tensor(indices))), 1e-6);
    }

    [Fact]
    public void Norms_over_channels_are_of_the_kept_ones()
    {
        using var layer = LayerNorm(6);
        using var group = GroupNorm(2, 6);
        MaskedIsShrunk.Disturb(layer);
        MaskedIsShrunk.Disturb(group);
        var x = Data.Normal(1, 3, 6);
        long[] indices = [0, 2, 3, 4];
        var part = x.index_select(1, tensor(indices));
        Data.AssertClose(Normalized(layer, part, indices, [0, 1, 2, 3]), Shrunk(layer, indices).forward(part), 1e-5);
        var expected = cat(
            [Normalized(group, part, indices, [0, 1]), Normalized(group, part, indices, [2, 3])], 1);
        Data.AssertClose(expected, Shrunk(group, indices).forward(part.unsqueeze(2)).squeeze(2), 1e-5);
        // Of six groups of one channel, whole ones.
        using var each = GroupNorm(6, 6);
        Assert.Equal(4, ((GroupNorm)Shrunk(each, indices)).num_groups);

        static Tensor Normalized(nn.Module norm, Tensor x, long[] indices, long[] part)
        {
            var values = x.index_select(1, tensor(part));
            var mean = values.mean([1], keepdim: true);
            var variance = values.sub(mean).square().mean([1], keepdim: true);
            var own = tensor(Array.ConvertAll(part, p => indices[p]));
            return values.sub(mean).div(variance.add(1e-5).sqrt()).mul(norm.get_parameter("weight")!.index_select(0, own)).add(norm.get_parameter("bias")!.index_select(0, own));
        }

        static Module<Tensor, Tensor> Shrunk(nn.Module module, long[] indices)
        {
            var prunable = PrunableModules.Of("module", module)!;
            var kept = new KeptChannels();
            kept.Set(prunable.Axes.Single(), indices);
            return (Module<Tensor, Tensor>)prunable.Shrink(kept);
        }
    }

    [Theory]
    [InlineData("conv2d", ChannelRole.Input)]
    [InlineData("whole groups", ChannelRole.Input)]
    [InlineData("whole groups", ChannelRole.Output)]
    [InlineData("transposed grouped", ChannelRole.Input)]
    [InlineData("transposed grouped", ChannelRole.Output)]
    public void Rows_are_what_belongs_to_a_channel(string kind, ChannelRole role)
    {
        using var module = Create(kind);
        var axis = PrunableModules.Of("module", module)!.Axes.Single(a => a.Role == role);
        var weight = module.get_parameter("weight")!;
        var rows = axis.Rows("weight", weight);
        Assert.Equal(axis.Size, rows.shape[0]);
        Assert.Equal(weight.numel(), rows.numel());
        for (var channel = 0; channel < axis.Size; channel++)
        {
            // The weights that the channel meets: those with a gradient where it alone is read, or asked for.
            weight.requires_grad = true;
            weight.grad = null;
            var x = ones(1, 6, 9, 9);
            if (role == ChannelRole.Input)
            {
                var mask = zeros(6);
                mask[channel] = 1f;
                x *= mask.view(1, 6, 1, 1);
            }

            var y = module.forward(x);
            (role == ChannelRole.Output ? y.select(1, channel) : y).sum().backward();
            var met = weight.grad!.ne(0);
            Assert.Equal(weight.masked_select(met).sum().item<float>(), rows[channel].sum().item<float>(), 1e-4);
            Assert.Equal(met.sum().item<long>(), rows.shape[1]);
        }
    }

    private static Module<Tensor, Tensor> Create(string kind) => kind switch
    {
        "conv1d" => Conv1d(6, 4, 3, padding: 1),
        "conv2d" => Conv2d(6, 4, (3, 2), (2, 1), (1, 0), bias: true),
        "conv2d same" => Conv2d(6, 4, 3, Padding.Same, padding_mode: PaddingModes.Reflect, bias: false),
        "conv3d" => Conv3d(6, 3, (3, 2, 1), padding: (1, 1, 0)),
        "depthwise" => Conv2d(6, 6, 3, groups: 6),
        "depthwise doubled" => Conv2d(6, 12, 3, groups: 6),
        "whole groups" => Conv2d(6, 3, 3, groups: 3),
        "parts of groups" => Conv2d(6, 8, 3, groups: 2),
        "transposed" => ConvTranspose2d(6, 4, 3, 2, 1, 1),
        "transposed grouped" => ConvTranspose2d(6, 4, 3, groups: 2),
        "transposed 1d" => ConvTranspose1d(6, 4, 3, 2),
        "linear" => Linear(6, 4),
        "batch" => BatchNorm2d(6),
        "instance" => InstanceNorm2d(6, affine: true, track_running_stats: true),
        "slope" => PReLU(6),
        _ => throw new ArgumentException(kind),
    };
}
