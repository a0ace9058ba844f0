using StickGen.Compression;
using StickGen.Pruning;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Pruning;

/// <summary>Prunes a model and compares it with one of which the same channels are masked.</summary>
internal static class MaskedIsShrunk
{
    /// <summary>Keeps, of each group, what <paramref name="keep"/> says, and returns what it costs.</summary>
    public static PruningReport Check<T>(Func<T> create, Func<ChannelGroup, IEnumerable<int>> keep, long[] inputShape)
        where T : nn.Module<Tensor, Tensor>, ICompressible
    {
        using var model = create();
        using var masked = create();
        Disturb(model);
        masked.load_state_dict(model.state_dict());
        model.eval();
        masked.eval();
        var x = Data.Normal(3, inputShape);
        var before = model.forward(x);

        var selection = Select(ChannelGroups.Of(model), keep);
        var report = PruningReport.Of(selection);
        var smaller = Surgery.Shrink(selection);
        Data.AssertSame(before, model.forward(x));

        Surgery.Zero(Select(ChannelGroups.Of(masked), keep));
        var expected = masked.forward(x);
        Assert.False(expected.allclose(before), "The channels that are removed make no difference.");

        Transplant.Into(model, smaller);
        var difference = model.forward(x).sub(expected).abs().max().item<float>();
        var largest = expected.abs().max().item<float>();
        Assert.True(difference <= 1e-5 * largest, $"differs by {difference} of {largest}");

        // The smaller instance can be replayed again, and has the widths that were asked for.
        var groups = ChannelGroups.Of(model);
        foreach (var group in selection.Groups.Prunable)
            Assert.Equal(selection.WidthOf(group), groups[group.Name].Width);
        return report;
    }

    /// <summary>Norms that do something, so that what is removed by mistake is seen.</summary>
    public static void Disturb(nn.Module model)
    {
        using var noGrad = no_grad();
        var seed = 0;
        foreach (var (name, value) in model.state_dict())
        {
            if (name.Contains("running_var", StringComparison.Ordinal))
                value.copy_(Data.Normal(seed++, value.shape).abs().add(0.5));
            else if (value.dim() == 1 && value.is_floating_point())
                value.copy_(Data.Normal(seed++, value.shape));
        }
    }

    private static ChannelSelection Select(ChannelGroups groups, Func<ChannelGroup, IEnumerable<int>> keep) =>
        groups.Prunable.Aggregate(ChannelSelection.All(groups), (selection, group) => selection.Keep(group, keep(group)));
}
