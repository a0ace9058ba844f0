using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>Activations on tensors.</summary>
internal static class Activations
{
    public static Tensor Apply(this Activation activation, Tensor x) => activation switch
    {
        Activation.Relu => nn.functional.relu(x),
        Activation.Relu6 => nn.functional.relu6(x),
        _ => x,
    };
}
