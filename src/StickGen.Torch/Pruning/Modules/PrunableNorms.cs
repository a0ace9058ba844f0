using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>Batch and instance normalization: each channel by itself, along dimension 1.</summary>
internal sealed class PrunableBatchNorm : PrunableModule
{
    private readonly NormBase norm;
    private readonly ChannelAxis channels;

    public PrunableBatchNorm(string path, NormBase module)
        : base(path, module)
    {
        norm = module;
        channels = new(
            this, ChannelRole.Each, module.num_features,
            Existing(module, ("weight", 0), ("bias", 0), ("running_mean", 0), ("running_var", 0)));
        Axes = [channels];
    }

    public override ChannelLayout Flow(FlowStep step)
    {
        LayerFlow.Read(step, 1, channels);
        return step.Inputs[0];
    }

    protected override nn.Module Create(KeptChannels kept) => Resized.Norm(norm, kept.CountOf(channels));
}

/// <summary>
/// Layer normalization, whose last dimension may lose channels: mean and variance are then those of the channels that are kept.
/// </summary>
internal sealed class PrunableLayerNorm : PrunableModule
{
    private readonly LayerNorm norm;
    private readonly ChannelAxis? features;

    public PrunableLayerNorm(string path, LayerNorm module)
        : base(path, module)
    {
        norm = module;
        if (module.normalized_shape.Length != 1)
            return;
        features = new(this, ChannelRole.Each, module.normalized_shape[0], Existing(module, ("weight", 0), ("bias", 0)));
        Axes = [features];
    }

    public override int ChannelDimension => -1;

    public override ChannelLayout Flow(FlowStep step)
    {
        if (features is null)
            return Pointwise.LastDimensions(step, (step.ShapeOf(0)?.Rank ?? 0) - norm.normalized_shape.Length);
        if (step.ShapeOf(0) is not { } shape)
        {
            var reason = $"'{step.Name}' reads it, and its shape is not known";
            step.Sets.Freeze(features.Ids, reason);
            return step.FreezeAll(reason);
        }

        LayerFlow.Read(step, shape.Rank - 1, features);
        return step.Inputs[0];
    }

    protected override nn.Module Create(KeptChannels kept) =>
        nn.LayerNorm([kept.CountOf(features!)], norm.eps, norm.elementwise_affine, norm.bias is not null);
}

/// <summary>
/// Group normalization along dimension 1. Whole groups are removed if there are at least as many as a group has channels; otherwise
/// each group loses the same, and is normalized over the channels that are kept.
/// </summary>
internal sealed class PrunableGroupNorm : PrunableModule
{
    private readonly GroupNorm norm;
    private readonly ChannelAxis? channels;

    public PrunableGroupNorm(string path, GroupNorm module)
        : base(path, module)
    {
        norm = module;
        // Without weights the number of channels is not known.
        if (module.weight is not { } weight)
            return;
        channels = new(this, ChannelRole.Each, weight.shape[0], Existing(module, ("weight", 0), ("bias", 0)));
        Axes = [channels];
    }

    public override ChannelLayout Flow(FlowStep step)
    {
        if (channels is null)
            return Pointwise.LastDimensions(step, 1);
        GroupedChannels.Tie(step.Sets, channels, channels, checked((int)norm.num_groups));
        LayerFlow.Read(step, 1, channels);
        return step.Inputs[0];
    }

    protected override nn.Module Create(KeptChannels kept)
    {
        var indices = kept.Of(channels!);
        var (groups, _) = GroupedChannels.Kept(indices, channels!, indices, channels!, checked((int)norm.num_groups));
        return nn.GroupNorm(groups, indices.Length, norm.eps, affine: true);
    }
}
