using StickGen.Compression;
using StickGen.Operations;

namespace StickGen.Pruning;

/// <summary>How channels go through one node.</summary>
internal delegate ChannelLayout Flow(FlowStep step);

/// <summary>
/// How channels go through each kind of operation, one entry each. An operation without an entry freezes the channels it reads.
/// </summary>
internal static class Flows
{
    private static readonly Dictionary<Type, Flow> Table = new()
    {
        [typeof(Activate)] = Pointwise.Same,
        [typeof(Dropout)] = Pointwise.Same,
        [typeof(MaxPool2d)] = Pointwise.Image,
        [typeof(AvgPool2d)] = Pointwise.Image,
        [typeof(AdaptiveAvgPool2d)] = Pointwise.Image,
        [typeof(Add)] = Broadcasting.Flow,
        [typeof(Elementwise)] = Pointwise.Same,
        [typeof(Arithmetic)] = Pointwise.Arithmetic,
        [typeof(Combine)] = Broadcasting.Flow,
        [typeof(Pool)] = Pointwise.Image,
        [typeof(Upsample)] = Pointwise.Image,
        [typeof(Resize)] = Pointwise.Resize,
        [typeof(Permute)] = Selecting.Permute,
        [typeof(Slice)] = Selecting.Slice,
        [typeof(Select)] = Selecting.Select,
        [typeof(Reduce)] = Selecting.Reduce,
        [typeof(Softmax)] = Selecting.Softmax,
        [typeof(Expand)] = Selecting.Expand,
        [typeof(Rearrange)] = Selecting.Rearrange,
        [typeof(MatMul)] = Products.MatMul,
        [typeof(ScaledDotProductAttention)] = Products.Attention,
        [typeof(Concat)] = Joining.Concat,
        [typeof(Flatten)] = Reshaping.Flow,
        [typeof(Reshape)] = Reshaping.Flow,
    };

    /// <summary>The flow of an operation, or <see langword="null"/> where it is not known.</summary>
    public static Flow? Of(Operation operation) => Table.GetValueOrDefault(operation.GetType());

    /// <summary>The flow through a node of which nothing is known.</summary>
    public static ChannelLayout Unknown(FlowStep step) =>
        step.FreezeAll($"'{step.Name}' ({Describe(step.Node)}) reads it, and how channels go through that is not known");

    private static string Describe(TracedNode node) => node.Node.Operation switch
    {
        Opaque opaque => opaque.Code,
        Call call => call.Function,
        Map map => map.Function,
        Rearrange rearrange => rearrange.Function,
        var operation => operation.Kind,
    };
}
