using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>κ of the channels of a group. It mixes in training only, when batches have knockoffs.</summary>
internal sealed class ScopGate : ChannelGate
{
    private readonly KnockoffGate gate;

    public ScopGate(long width)
        : base(nameof(ScopGate))
    {
        gate = new(width);
        RegisterComponents();
    }

    public override Tensor Values() => gate.Kappa.clamp(0, 1);

    public override Tensor Pass(Tensor x, Tensor values) => training ? KnockoffGate.Mix(x, values) : x;

    public void Clamp() => gate.Clamp();
}
