using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>What a <see cref="ElementFunction"/> computes of tensors.</summary>
internal static class ElementFunctions
{
    /// <summary>The function of a kind of node: <c>LogSigmoid</c> for <c>log_sigmoid</c>.</summary>
    public static ElementFunction Of(string kind) => Enum.Parse<ElementFunction>(kind.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);

    /// <summary>A function of each element, or arithmetic with a number.</summary>
    public static Tensor Apply(Operation operation, Tensor x) => operation switch
    {
        Elementwise function => Apply(function, x),
        Arithmetic { Number: { } number } arithmetic => Apply(arithmetic.Function, x, number, arithmetic.NumberFirst),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "This is not a function of each element."),
    };

    private static Tensor Apply(ArithmeticFunction function, Tensor x, double number, bool numberFirst) => function switch
    {
        ArithmeticFunction.Add => x.add(number),
        ArithmeticFunction.Subtract => numberFirst ? x.neg().add(number) : x.sub(number),
        ArithmeticFunction.Multiply => x.mul(number),
        ArithmeticFunction.Divide => numberFirst ? x.reciprocal().mul(number) : x.div(number),
        ArithmeticFunction.Power => numberFirst ? full_like(x, number).pow(x) : x.pow(number),
        ArithmeticFunction.Minimum => x.clamp_max(number),
        ArithmeticFunction.Maximum => x.clamp_min(number),
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, "This function is not known."),
    };

    public static Tensor Apply(Elementwise operation, Tensor x) => operation.Function switch
    {
        ElementFunction.Relu => nn.functional.relu(x),
        ElementFunction.Relu6 => nn.functional.relu6(x),
        ElementFunction.Sigmoid => x.sigmoid(),
        ElementFunction.Tanh => x.tanh(),
        ElementFunction.Silu => nn.functional.silu(x),
        ElementFunction.Mish => nn.functional.mish(x),
        ElementFunction.Hardswish => nn.functional.hardswish(x),
        ElementFunction.Hardsigmoid => nn.functional.hardsigmoid(x),
        ElementFunction.Selu => nn.functional.selu(x),
        ElementFunction.Softsign => nn.functional.softsign(x),
        ElementFunction.Tanhshrink => nn.functional.tanhshrink(x),
        ElementFunction.LogSigmoid => nn.functional.logsigmoid(x),
        ElementFunction.Gelu => nn.functional.gelu(x),
        ElementFunction.GeluTanh => nn.functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh),
        ElementFunction.LeakyRelu => nn.functional.leaky_relu(x, operation.First ?? 0.01),
        ElementFunction.Elu => nn.functional.elu(x, operation.First ?? 1),
        ElementFunction.Celu => nn.functional.celu(x, operation.First ?? 1),
        ElementFunction.Softplus => nn.functional.softplus(x, operation.First ?? 1, operation.Second ?? 20),
        ElementFunction.Hardtanh => nn.functional.hardtanh(x, operation.First ?? -1, operation.Second ?? 1),
        ElementFunction.Clamp => x.clamp(operation.First, operation.Second),
        ElementFunction.Exp => x.exp(),
        ElementFunction.Log => x.log(),
        ElementFunction.Sqrt => x.sqrt(),
        ElementFunction.Rsqrt => x.rsqrt(),
        ElementFunction.Reciprocal => x.reciprocal(),
        ElementFunction.Square => x.square(),
        ElementFunction.Abs => x.abs(),
        ElementFunction.Neg => x.neg(),
        ElementFunction.Sin => x.sin(),
        ElementFunction.Cos => x.cos(),
        ElementFunction.Erf => x.erf(),
        ElementFunction.Floor => x.floor(),
        ElementFunction.Round => x.round(),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "This function is not known."),
    };
}
