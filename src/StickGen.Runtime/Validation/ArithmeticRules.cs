using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;

namespace StickGen.Validation;

/// <summary>Rules of arithmetic of two values, of reductions, and of what moves values along strides.</summary>
internal static class ArithmeticRules
{
    public static void Check(GraphNode node, Arithmetic arithmetic)
    {
        if (Require.IsFloat(node))
        {
            Require.Float(node);
            if (!arithmetic.HasFloatKernel())
                throw new RuleException($"there is no float32 kernel for {arithmetic}.");
            return;
        }

        if (arithmetic is not { Number: null, Function: ArithmeticFunction.Add or ArithmeticFunction.Subtract or ArithmeticFunction.Multiply })
            throw new RuleException($"there is no kernel for {arithmetic}.");
        if (node.Inputs[0].Quantization is not { } left || node.Inputs[1].Quantization is not { } right || node.Output.Quantization is not { } output)
            throw new RuleException("of its inputs and its result some are quantized and some are not.");
        if (arithmetic.Function == ArithmeticFunction.Multiply)
        {
            Require.Finite(Requantization.Multiplier(left.Scale, right.Scale, output.Scale), "multiplier");
            return;
        }

        Require.OneScale(node);
        Require.Finite(Requantization.AddMultiplier(left.Scale, output.Scale), "multiplier");
    }

    public static void Check(GraphNode node, Reduce reduce)
    {
        if (reduce.Function is not ("mean" or "sum"))
            throw new RuleException($"there is no kernel for '{reduce.Function}'.");
        Require.SameKind(node);
        if (node.Inputs[0].Quantization is { } input)
            Require.Finite(Requantization.MeanMultiplier(input.Scale, node.Output.Quantization!.Scale, 1), "multiplier");
        if (node.Inputs[0].Shape is not { } shape)
            throw new RuleException("the rank of its input is not known.");
        var axes = reduce.Axes.Select(axis => ShapeChecks.Axis(shape, axis)).Order().ToArray();
        if (axes.Length == 0 || axes.Distinct().Count() != axes.Length || axes[^1] - axes[0] != axes.Length - 1)
            throw new RuleException($"its dimensions {reduce.Axes} do not lie next to each other.");
    }

    public static void Check(GraphNode node, Slice slice)
    {
        Require.SameQuantization(node);
        if (slice.Length.IsUnknown)
            throw new RuleException("its length is not known.");
        if (slice.Step < 1)
            throw new RuleException($"its step is {slice.Step}; at least 1 is expected.");
    }

    public static void Check(GraphNode node, Upsample upsample)
    {
        Require.SameQuantization(node);
        if (upsample.Factor.Height > Limits.Window || upsample.Factor.Width > Limits.Window)
            throw new RuleException($"its factor is {upsample.Factor}; at most {Limits.Window} in each direction are supported.");
    }

    /// <summary>A float32 constant that becomes a value.</summary>
    public static void CheckState(GraphNode node)
    {
        if (node.Inputs is not [{ IsConstant: true, Type: ElementType.Float32, Quantization: null }] || node.Output.Quantization is not null)
            throw new RuleException("it makes a value of a float32 constant.");
    }
}
