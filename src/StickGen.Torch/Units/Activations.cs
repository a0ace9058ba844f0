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

    /// <summary>
    /// The activation of a tensor that nobody else has, and that no operation before needs for its gradient: the result of a
    /// convolution, a product, a sum.
    /// </summary>
    public static Tensor ApplyInPlace(this Activation activation, Tensor x) => activation switch
    {
        Activation.Relu => nn.functional.relu(x, inplace: true),
        Activation.Relu6 => nn.functional.relu6(x, inplace: true),
        _ => x,
    };
}
