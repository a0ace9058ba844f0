using StickGen.Compression;
using StickGen.Operations;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>
/// A function that shares a line of the emitted code with other nodes: a rule fits them, and does not hold.
/// </summary>
internal sealed class FunctionUnit : OperationUnit
{
    public FunctionUnit(Site site)
        : base(site)
    {
    }

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => Operation switch
    {
        Elementwise function => ElementFunctions.Apply(function, inputs[0]),
        Arithmetic { Number: null } arithmetic => Apply(arithmetic.Function, inputs[0], inputs.Length == 1 ? inputs[0] : inputs[1]),
        Arithmetic { Number: { } number } arithmetic when !double.IsNaN(number) => Apply(arithmetic.Function, inputs[0], number, arithmetic.NumberFirst),
        _ => throw new CompressionException($"'{Name}': {Operation} cannot be computed without the code that the model was written in."),
    };

    /// <summary>The operators of TorchSharp, as the emitted code would have them.</summary>
    private static Tensor Apply(ArithmeticFunction function, Tensor x, Scalar number, bool numberFirst) => (function, numberFirst) switch
    {
        (ArithmeticFunction.Add, false) => x + number,
        (ArithmeticFunction.Add, true) => number + x,
        (ArithmeticFunction.Subtract, false) => x - number,
        (ArithmeticFunction.Subtract, true) => number - x,
        (ArithmeticFunction.Multiply, false) => x * number,
        (ArithmeticFunction.Multiply, true) => number * x,
        (ArithmeticFunction.Divide, false) => x / number,
        (ArithmeticFunction.Divide, true) => number / x,
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, "This function of a number is not known."),
    };

    private static Tensor Apply(ArithmeticFunction function, Tensor left, Tensor right) => function switch
    {
        ArithmeticFunction.Add => left + right,
        ArithmeticFunction.Subtract => left - right,
        ArithmeticFunction.Multiply => left * right,
        ArithmeticFunction.Divide => left / right,
        ArithmeticFunction.Power => left.pow(right),
        ArithmeticFunction.Minimum => minimum(left, right),
        ArithmeticFunction.Maximum => maximum(left, right),
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, "This function is not known."),
    };
}
