using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>A linear layer, over the last dimension.</summary>
internal sealed class PrunableLinear : PrunableModule
{
    private readonly Linear linear;
    private readonly ChannelAxis outputs;
    private readonly ChannelAxis inputs;

    public PrunableLinear(string path, Linear module)
        : base(path, module)
    {
        linear = module;
        outputs = new(this, ChannelRole.Output, module.weight.shape[0], Existing(module, ("weight", 0), ("bias", 0)));
        inputs = new(this, ChannelRole.Input, module.weight.shape[1], [("weight", 1)]);
        Axes = [outputs, inputs];
    }

    public override int ChannelDimension => -1;

    public override ChannelLayout Flow(FlowStep step)
    {
        if (step.ShapeOf(0) is { } shape)
            return LayerFlow.Through(step, shape.Rank - 1, inputs, outputs);
        // Which dimension is the last one is not known, and so neither is where the results are.
        step.Sets.Freeze(inputs.Ids, step.Inputs[0].Fixed);
        step.Sets.Freeze(outputs.Ids, $"the shape of what '{step.Name}' reads is not known");
        return step.FreezeAll($"'{step.Name}' reads it, and its shape is not known");
    }

    public override long WeightCount(KeptChannels kept) => kept.CountOf(outputs) * kept.CountOf(inputs);

    protected override nn.Module Create(KeptChannels kept) =>
        nn.Linear(kept.CountOf(inputs), kept.CountOf(outputs), linear.bias is not null);
}
