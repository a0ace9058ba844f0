using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>
/// A function of each element: a table of what it is for each integer. The function is evaluated for the table alone, once and on the CPU, so
/// that the integer-exact mode and every machine that runs the integer model have the same bits.
/// </summary>
internal sealed class LookupForm(Operation operation) : IntegerForm
{
    /// <inheritdoc/>
    public override UnitPlacement Placement => UnitPlacement.Quantized;

    /// <summary>Whether the function is one of a single number that is known.</summary>
    public static bool Suits(Operation operation) => operation is Elementwise || (operation is Arithmetic { Number: { } number } && double.IsFinite(number));

    /// <inheritdoc/>
    public override bool IsNonNegative(bool inputsAre) => operation switch
    {
        Elementwise { Function: ElementFunction.Sigmoid or ElementFunction.Hardsigmoid or ElementFunction.Exp or ElementFunction.Softplus
            or ElementFunction.Sqrt or ElementFunction.Rsqrt or ElementFunction.Square or ElementFunction.Abs
            or ElementFunction.Relu or ElementFunction.Relu6 } => true,
        Elementwise { Function: ElementFunction.Silu or ElementFunction.Gelu or ElementFunction.Hardswish or ElementFunction.LeakyRelu or ElementFunction.Elu } => inputsAre,
        _ => false,
    };

    /// <inheritdoc/>
    public override Tensor Exact(Unit unit, ReadOnlySpan<Tensor> inputs)
    {
        var (input, output) = (unit.Inputs[0].Parameters, unit.Output.Parameters);
        var steps = Array.ConvertAll(TableOf(input, output), entry => (float)(entry - output.ZeroPoint));
        var positions = IntegerArithmetic.Steps(inputs[0], unit.Inputs[0]).add_(input.ZeroPoint).to_type(ScalarType.Int64);
        return tensor(steps, device: positions.device).take(positions);
    }

    /// <inheritdoc/>
    public override GraphValue Lower(Unit unit, Lowering lowering, ReadOnlySpan<GraphValue> inputs)
    {
        var table = TableOf(unit.Inputs[0].Parameters, unit.Output.Parameters);
        return lowering.Add(unit, new Lookup(), [inputs[0], lowering.Graph.AddConstant($"{unit.Name}.table", ElementType.UInt8, Shape.Of(Lookup.Entries), table)]);
    }

    /// <summary>The integer of the result for each integer; those that do not occur are given the nearest one that does.</summary>
    /// <param name="input">Of the value.</param>
    /// <param name="output">Of the result.</param>
    /// <param name="function">Of real numbers; <see langword="null"/> for a value that is only rounded anew.</param>
    internal static byte[] Table(AffineParameters input, AffineParameters output, Func<Tensor, Tensor>? function = null)
    {
        using var scope = NewDisposeScope();
        var values = new float[Lookup.Entries];
        for (var q = 0; q < values.Length; q++)
            values[q] = AffineQuantization.Dequantize(Math.Clamp(q, input.Low, input.High), input.Scale, input.ZeroPoint);
        return Array.ConvertAll(
            function?.Invoke(tensor(values)).ToFloats() ?? values,
            y => (byte)AffineQuantization.Quantize(y, output.Scale, output.ZeroPoint, output.Low, output.High));
    }

    private byte[] TableOf(AffineParameters input, AffineParameters output) => Table(input, output, x => ElementFunctions.Apply(operation, x));
}
