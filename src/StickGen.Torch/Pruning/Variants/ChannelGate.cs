using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>A gate of the channels of one group, which an algorithm supplies. All layers that read the channels read them through it.</summary>
/// <param name="name">The name of the class.</param>
public abstract class ChannelGate(string name) : nn.Module(name)
{
    /// <summary>The gate of each channel: a new tensor, [width]; 1 is open.</summary>
    public abstract Tensor Values();

    /// <summary>Lets a value through.</summary>
    /// <param name="x">The value.</param>
    /// <param name="values">The gate of each of its channels, 1 for those of other groups, in a shape that broadcasts to <paramref name="x"/>.</param>
    public virtual Tensor Pass(Tensor x, Tensor values)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.mul(values);
    }
}
