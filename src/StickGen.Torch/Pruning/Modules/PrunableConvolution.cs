using StickGen.Compression;
using StickGen.Graphs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// Convolutions of one to three dimensions. Of one with groups, whole groups are removed if there are at least as many as a group has
/// channels (depthwise convolutions, ResNeXt); otherwise each group loses the same.
/// </summary>
internal sealed class PrunableConvolution : PrunableModule
{
    private readonly Convolution convolution;
    private readonly ChannelAxis outputs;
    private readonly ChannelAxis inputs;

    public PrunableConvolution(string path, Convolution module)
        : base(path, module)
    {
        convolution = module;
        outputs = new(this, ChannelRole.Output, module.out_channels, Existing(module, ("weight", 0), ("bias", 0)));
        inputs = new(this, ChannelRole.Input, module.in_channels, [("weight", 1)], (_, w) => GroupedChannels.Rows(w, Groups, module.in_channels, dimension: 1));
        Axes = [outputs, inputs];
    }

    private int Groups => checked((int)convolution.groups);

    public override ChannelLayout Flow(FlowStep step)
    {
        GroupedChannels.Tie(step.Sets, inputs, outputs, Groups);
        return LayerFlow.Through(step, dim: 1, inputs, outputs);
    }

    public override long ParameterCount(KeptChannels kept) => WeightCount(kept) + (convolution.bias is null ? 0 : kept.CountOf(outputs));

    public override long Multiplications(Shape? output, KeptChannels kept) => WeightCount(kept) * LayerFlow.Positions(output, 0, 1);

    protected override nn.Module Create(KeptChannels kept)
    {
        var (groups, _) = GroupedChannels.Kept(kept.Of(inputs), inputs, kept.Of(outputs), outputs, Groups);
        return Resized.Convolution(convolution, kept.CountOf(inputs), kept.CountOf(outputs), groups);
    }

    protected override Tensor Slice(string name, Tensor value, KeptChannels kept) => name == "weight"
        ? GroupedChannels.Slice(value, kept.Of(inputs), inputs, kept.Of(outputs), outputs, Groups)
        : base.Slice(name, value, kept);

    private long WeightCount(KeptChannels kept)
    {
        var (groups, _) = GroupedChannels.Kept(kept.Of(inputs), inputs, kept.Of(outputs), outputs, Groups);
        var kernel = convolution.kernel_size.Aggregate(1L, (product, size) => product * size);
        return kept.CountOf(outputs) * (kept.CountOf(inputs) / groups) * kernel;
    }
}
