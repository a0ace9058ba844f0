using StickGen.Compression;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// What convolutions and transposed ones share: channels along dimension 1, and groups. Of a layer with groups, whole groups are removed if
/// there are at least as many as a group has channels (depthwise convolutions, ResNeXt); otherwise each group loses the same.
/// </summary>
internal abstract class PrunableConvolutionBase : PrunableModule
{
    private readonly long kernel;
    private readonly bool hasBias;

    /// <param name="path">The path of the module.</param>
    /// <param name="module">A <c>Convolution</c> or a <c>ConvolutionTranspose</c>.</param>
    /// <param name="channels">How many it reads and computes.</param>
    /// <param name="groups">Its groups.</param>
    /// <param name="kernel">Its kernel.</param>
    /// <param name="isTransposed">Whether its weight is [inputs, outputs / groups, kernel] instead of [outputs, inputs / groups, kernel].</param>
    protected PrunableConvolutionBase(
        string path, nn.Module module, (long Inputs, long Outputs) channels, long groups, IEnumerable<long> kernel, bool isTransposed)
        : base(path, module)
    {
        Groups = checked((int)groups);
        this.kernel = kernel.Aggregate(1L, (product, size) => product * size);
        hasBias = Existing(module, ("bias", 0)).Count > 0;
        Outputs = Axis(ChannelRole.Output, channels.Outputs, isTransposed ? 1 : 0, hasBias);
        Inputs = Axis(ChannelRole.Input, channels.Inputs, isTransposed ? 0 : 1, hasBias: false);
        (Rows, Columns) = isTransposed ? (Inputs, Outputs) : (Outputs, Inputs);
        Axes = [Outputs, Inputs];
    }

    protected ChannelAxis Outputs { get; }

    protected ChannelAxis Inputs { get; }

    private int Groups { get; }

    /// <summary>The channels along dimension 0 of the weight.</summary>
    private ChannelAxis Rows { get; }

    /// <summary>The channels along dimension 1, which has those of one group.</summary>
    private ChannelAxis Columns { get; }

    public override ChannelLayout Flow(FlowStep step)
    {
        GroupedChannels.Tie(step.Sets, Inputs, Outputs, Groups);
        return LayerFlow.Through(step, dim: 1, Inputs, Outputs);
    }

    public override long ParameterCount(KeptChannels kept) => WeightCount(kept) + (hasBias ? kept.CountOf(Outputs) : 0);

    public override long WeightCount(KeptChannels kept) => kept.CountOf(Rows) * (kept.CountOf(Columns) / GroupsOf(kept)) * kernel;

    /// <summary>The groups that are left.</summary>
    protected int GroupsOf(KeptChannels kept) => GroupedChannels.Kept(kept.Of(Inputs), Inputs, kept.Of(Outputs), Outputs, Groups).Groups;

    protected override Tensor Slice(string name, Tensor value, KeptChannels kept) => name == "weight"
        ? GroupedChannels.Slice(value, kept.Of(Columns), Columns, kept.Of(Rows), Rows, Groups)
        : base.Slice(name, value, kept);

    private ChannelAxis Axis(ChannelRole role, long size, int dimension, bool hasBias)
    {
        List<(string, int)> slices = [("weight", dimension)];
        if (hasBias)
            slices.Add(("bias", 0));
        return new(this, role, size, slices, (name, t) => name == "weight" && dimension == 1
            ? GroupedChannels.Rows(t, Groups, size, dimension)
            : t.reshape(size, -1));
    }
}
