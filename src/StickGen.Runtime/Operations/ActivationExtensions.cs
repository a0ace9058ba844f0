using StickGen.Graphs;
using StickGen.Quantization;

namespace StickGen.Operations;

/// <summary>What an <see cref="Activation"/> does to integers and to real numbers.</summary>
public static class ActivationExtensions
{
    /// <summary>The integers that remain of [low, high] of a value quantized per tensor.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The activation is not one of the enumeration.</exception>
    public static (int Low, int High) Bounds(this Activation activation, ValueQuantization quantization)
    {
        ArgumentNullException.ThrowIfNull(quantization);
        return activation switch
        {
            Activation.None => (quantization.Low, quantization.High),
            Activation.Relu => ActivationBounds.Relu(quantization.ZeroPoint, quantization.Low, quantization.High),
            Activation.Relu6 => ActivationBounds.Relu6(quantization.Scale, quantization.ZeroPoint, quantization.Low, quantization.High),
            _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, $"The activation {activation} is not known."),
        };
    }

    /// <summary>The activation in float32; NaN stays NaN.</summary>
    internal static float Apply(this Activation activation, float x)
    {
        if (activation == Activation.None)
            return x;
        x = 0f > x ? 0f : x;
        return activation == Activation.Relu6 && 6f < x ? 6f : x;
    }
}
