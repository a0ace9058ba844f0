using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>
/// A function that the integer model has no operation for, where it shares a line of the emitted code with other nodes: a rule fits
/// them, and does not hold.
/// </summary>
internal sealed class FunctionUnit : FloatUnit
{
    private readonly Operation operation;

    public FunctionUnit(Site site)
        : base(site) => operation = site.Nodes[0].Operation;

    /// <inheritdoc/>
    public override string? LoweringProblem => ValueUnit.Refusal(Site.Nodes[0]);

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => operation switch
    {
        Elementwise function => ElementFunctions.Apply(function, inputs[0]),
        Arithmetic { Number: null } arithmetic => Apply(arithmetic.Function, inputs[0], inputs.Length == 1 ? inputs[0] : inputs[1]),
        _ => throw new CompressionException($"'{Name}': {operation} cannot be computed without the code that the model was written in."),
    };

    /// <inheritdoc/>
    protected internal override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs) =>
        throw new CompressionException($"'{Name}': {LoweringProblem}.");

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
