using StickGen.Graphs;
using StickGen.Kernels.Float;

namespace StickGen.Operations;

/// <summary>A function of one number, named as in TorchSharp.</summary>
public enum ElementFunction
{
#pragma warning disable CS1591 // Each is what PyTorch documents under its name.
    Relu, Relu6, Sigmoid, Tanh, Silu, Mish, Hardswish, Hardsigmoid, Selu, Softsign, Tanhshrink, LogSigmoid, Gelu, GeluTanh, LeakyRelu, Elu,
    Celu, Softplus, Hardtanh, Clamp, Exp, Log, Sqrt, Rsqrt, Reciprocal, Square, Abs, Neg, Sin, Cos, Erf, Floor, Round,
#pragma warning restore CS1591
}

/// <summary>A function of each element by itself.</summary>
/// <param name="Function">Which one.</param>
/// <param name="First">Its first setting, such as the slope of <c>leaky_relu</c> or the least value of <c>clamp</c>.</param>
/// <param name="Second">Its second setting, such as the greatest value of <c>clamp</c>.</param>
public sealed record Elementwise(ElementFunction Function, double? First = null, double? Second = null) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "elementwise";

    /// <summary>Whether the runtime computes it of float32 values; of quantized ones a <see cref="Lookup"/> stands for any function.</summary>
    public bool HasFloatKernel() => First is null && Second is null && ElementFunctions.Has(Function);

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs) => ShapeChecks.Single(inputs, "input", null);
}
