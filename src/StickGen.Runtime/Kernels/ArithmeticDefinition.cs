using StickGen.Operations;

namespace StickGen.Kernels;

/// <summary>Arithmetic of two quantized values: the accumulator, and how it is requantized.</summary>
/// <param name="Function">Sum, difference or product.</param>
/// <param name="LeftZeroPoint">The zero point of the left operand.</param>
/// <param name="RightZeroPoint">The zero point of the right operand.</param>
/// <param name="Multiplier">From the accumulator to steps of the result.</param>
/// <param name="Range">The result.</param>
internal readonly record struct ArithmeticDefinition(
    ArithmeticFunction Function, int LeftZeroPoint, int RightZeroPoint, float Multiplier, IntegerRange Range);
