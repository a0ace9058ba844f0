using StickGen.Operations;
using StickGen.Quantization;

namespace StickGen.Kernels.Portable;

/// <summary>The definition of arithmetic of two quantized values.</summary>
internal static class PortableArithmetic
{
    /// <param name="left">As many bytes as the target, or one for all.</param>
    /// <param name="right">As many bytes as the target, or one for all.</param>
    /// <param name="target">The result.</param>
    /// <param name="definition">What is computed.</param>
    public static void Run(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, in ArithmeticDefinition definition)
    {
        var (function, leftZero, rightZero, multiplier, (_, zeroPoint, low, high)) = definition;
        var (leftStep, rightStep) = (left.Length == 1 ? 0 : 1, right.Length == 1 ? 0 : 1);
        for (var i = 0; i < target.Length; i++)
        {
            var (a, b) = (left[i * leftStep] - leftZero, right[i * rightStep] - rightZero);
            var accumulator = function switch
            {
                ArithmeticFunction.Multiply => a * b,
                ArithmeticFunction.Subtract => a - b,
                _ => a + b,
            };
            target[i] = (byte)Requantization.Requantize(accumulator, multiplier, zeroPoint, low, high);
        }
    }
}
