using StickGen.Compression;
using StickGen.Graphs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>Transposed convolutions of one to three dimensions; their weight is [inputs, outputs / groups, kernel].</summary>
internal sealed class PrunableTransposedConvolution : PrunableModule
{
    private readonly ConvolutionTranspose convolution;
    private readonly ChannelAxis outputs;
    private readonly ChannelAxis inputs;

    public PrunableTransposedConvolution(string path, ConvolutionTranspose module)
        : base(path, module)
    {
        convolution = module;
        outputs = new(
            this, ChannelRole.Output, module.out_channels, Existing(module, ("weight", 1), ("bias", 0)),
            (name, t) => name == "weight" ? GroupedChannels.Rows(t, Groups, module.out_channels, dimension: 1) : t.unsqueeze(1));
        inputs = new(this, ChannelRole.Input, module.in_channels, [("weight", 0)]);
        Axes = [outputs, inputs];
    }

    private int Groups => checked((int)convolution.groups);

    public override ChannelLayout Flow(FlowStep step)
    {
        GroupedChannels.Tie(step.Sets, inputs, outputs, Groups);
        return LayerFlow.Through(step, dim: 1, inputs, outputs);
    }

    public override long ParameterCount(KeptChannels kept) => WeightCount(kept) + (convolution.bias is null ? 0 : kept.CountOf(outputs));

    // Each input position is multiplied with the whole kernel; the result has about stride² as many positions.
    public override long Multiplications(Shape? output, KeptChannels kept) =>
        WeightCount(kept) * LayerFlow.Positions(output, 0, 1) / convolution.stride.Aggregate(1L, (product, s) => product * s);

    protected override nn.Module Create(KeptChannels kept)
    {
        var (groups, _) = GroupedChannels.Kept(kept.Of(inputs), inputs, kept.Of(outputs), outputs, Groups);
        return Resized.Transposed(convolution, kept.CountOf(inputs), kept.CountOf(outputs), groups);
    }

    protected override Tensor Slice(string name, Tensor value, KeptChannels kept) => name == "weight"
        ? GroupedChannels.Slice(value, kept.Of(outputs), outputs, kept.Of(inputs), inputs, Groups)
        : base.Slice(name, value, kept);

    private long WeightCount(KeptChannels kept)
    {
        var (groups, _) = GroupedChannels.Kept(kept.Of(inputs), inputs, kept.Of(outputs), outputs, Groups);
        var kernel = convolution.kernel_size.Aggregate(1L, (product, size) => product * size);
        return kept.CountOf(inputs) * (kept.CountOf(outputs) / groups) * kernel;
    }
}
