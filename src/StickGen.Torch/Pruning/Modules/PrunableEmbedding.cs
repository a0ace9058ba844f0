using StickGen.Graphs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>A table of vectors, whose features are channels; its result has them along a new last dimension.</summary>
internal sealed class PrunableEmbedding : PrunableModule
{
    private readonly ChannelAxis features;

    public PrunableEmbedding(string path, Embedding module)
        : base(path, module)
    {
        features = new(this, ChannelRole.Output, module.weight!.shape[1], [("weight", 1)]);
        Axes = [features];
    }

    public override ChannelLayout Flow(FlowStep step)
    {
        // TorchSharp does not tell padding_idx and max_norm, and a table that is made anew would lose them.
        var reason = $"the settings of '{step.Name}' (Embedding) cannot be read, so it cannot be made anew";
        step.Sets.Freeze(features.Ids, reason);
        return step.ShapeOf(0) is { } indices ? ChannelLayout.Along(indices.Rank, features.Ids) : step.FreezeAll(reason);
    }

    protected override nn.Module Create(KeptChannels kept) => throw new InvalidOperationException("An embedding is never made anew.");
}

/// <summary>A leaky ReLU with a slope for each channel along dimension 1, or one for all.</summary>
internal sealed class PrunablePReLU : PrunableModule
{
    private readonly ChannelAxis? channels;

    public PrunablePReLU(string path, PReLU module)
        : base(path, module)
    {
        if (module.weight!.shape[0] == 1)
            return;
        channels = new(this, ChannelRole.Each, module.weight.shape[0], [("weight", 0)]);
        Axes = [channels];
    }

    public override ChannelLayout Flow(FlowStep step)
    {
        if (channels is not null)
            LayerFlow.Read(step, 1, channels);
        return step.Inputs[0];
    }

    protected override nn.Module Create(KeptChannels kept) => nn.PReLU(kept.CountOf(channels!));
}
