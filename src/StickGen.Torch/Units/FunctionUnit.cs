using StickGen.Compression;
using StickGen.Operations;
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
        _ => throw new CompressionException($"'{Name}': {Operation} cannot be computed without the code that the model was written in."),
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
