using StickGen.Compression;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// A parameter or buffer that <c>forward</c> reads by itself: embeddings of positions, a class token, a scale. Each of its dimensions may have
/// channels; those that meet none elsewhere stay.
/// </summary>
internal sealed class PrunableState : PrunableModule
{
    private readonly Tensor value;
    private readonly ChannelAxis?[] dimensions;

    /// <param name="path">Its key in the state dictionary of the model.</param>
    /// <param name="value">The live tensor.</param>
    /// <param name="owner">The module that has it.</param>
    public PrunableState(string path, Tensor value, nn.Module owner)
        : base(path, new Holder())
    {
        (this.value, Owner) = (value, owner);
        dimensions = [.. value.shape.Select((size, d) => size == 1 ? null : new ChannelAxis(this, ChannelRole.Each, size, [], name: $"{path} dimension {d}"))];
        Axes = [.. dimensions.OfType<ChannelAxis>()];
    }

    /// <summary>The module that has it.</summary>
    public nn.Module Owner { get; }

    public override ChannelLayout Flow(FlowStep step) => new(
        [.. dimensions.Select((axis, d) => axis is null ? null : ChannelBlock.Of(d, axis.Ids)).OfType<ChannelBlock>()], ChannelLayout.NoChannels);

    public override long ParameterCount(KeptChannels kept) => value is Parameter
        ? dimensions.Aggregate(1L, (product, axis) => product * (axis is null ? 1 : kept.CountOf(axis)))
        : 0;

    /// <summary>The part of it that is kept.</summary>
    public Tensor Kept(KeptChannels kept)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var result = value.detach();
        for (var d = 0; d < dimensions.Length; d++)
        {
            if (dimensions[d] is { } axis)
                result = result.index_select(d, tensor(kept.Of(axis), device: value.device));
        }

        return result.clone().MoveToOuterDisposeScope();
    }

    public override void Zero(KeptChannels kept)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        for (var d = 0; d < dimensions.Length; d++)
        {
            if (dimensions[d] is not { } axis || kept.CountOf(axis) == axis.Size)
                continue;
            var shape = new long[dimensions.Length];
            Array.Fill(shape, 1);
            shape[d] = axis.Size;
            var keep = zeros(axis.Size, dtype: value.dtype, device: value.device);
            keep.index_fill_(0, tensor(kept.Of(axis), device: value.device), 1);
            value.mul_(keep.view(shape));
        }
    }

    protected override nn.Module Create(KeptChannels kept) => throw new InvalidOperationException("It is no module.");

    /// <summary>Stands for it among modules.</summary>
    private sealed class Holder() : nn.Module(nameof(PrunableState));
}
