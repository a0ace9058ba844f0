using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;

namespace StickGen.Validation;

/// <summary>Rules of matrix products of values, softmax and normalization.</summary>
internal static class RowRules
{
    public static void CheckMatMul(GraphNode node)
    {
        var (left, right, output) = (node.Inputs[0], node.Inputs[1], node.Output);
        Require.SameKind(node);
        if (left.Shape is not { Rank: >= 2 } || right.Shape is not { Rank: >= 2 })
            throw new RuleException("both of its inputs need at least two dimensions.");
        if (output.Quantization is null)
            return;
        Require.Finite(Requantization.Multiplier(left.Quantization!.Scale, right.Quantization!.Scale, output.Quantization.Scale), "multiplier");
    }

    public static void CheckAttention(GraphNode node)
    {
        Require.Float(node);
        if (node.Inputs.Count != 3)
            throw new RuleException("there is no kernel for attention with a mask that is given; one that is causal, or that sees everything, has a kernel.");
        if (node.Inputs[0].Shape is not { Rank: >= 2 } query || node.Inputs.Any(i => i.Shape?.Rank != query.Rank))
            throw new RuleException($"queries {node.Inputs[0].Shape}, keys {node.Inputs[1].Shape} and values {node.Inputs[2].Shape} need as many dimensions each, at least two.");
        for (var i = 0; i < query.Rank - 2; i++)
        {
            var (keys, values) = (node.Inputs[1].Shape![i], node.Inputs[2].Shape![i]);
            if (keys != values)
                throw new RuleException($"dimension {i} of keys {node.Inputs[1].Shape} and values {node.Inputs[2].Shape} differ.");
            if (keys != query[i] && (i != query.Rank - 3 || !query[i].IsFixed || !keys.IsFixed))
                throw new RuleException($"dimension {i} of queries {query} and keys {node.Inputs[1].Shape} differ.");
        }
    }

    public static void Check(GraphNode node, Softmax softmax)
    {
        if (Require.IsFloat(node) && node.Inputs.Count == 1)
        {
            if (softmax.Logarithm || node.Inputs[0].Shape is not { } row || ShapeChecks.Axis(row, softmax.Axis) != row.Rank - 1)
                throw new RuleException("it has a float32 kernel along the last dimension, without a logarithm.");
            return;
        }

        if (node.Inputs is not [{ Quantization: not null, Shape: { } shape }, { } table] || node.Output.Quantization is not { } output)
            throw new RuleException("it has a kernel for a quantized value of known rank and a table.");
        if (softmax.Logarithm || ShapeChecks.Axis(shape, softmax.Axis) != shape.Rank - 1)
            throw new RuleException("it has a kernel along the last dimension, without a logarithm.");
        if (table.Type != ElementType.Int32 || !table.IsConstant || table.Quantization is not null)
            throw new RuleException($"its table '{table.Name}' is {table}; a constant of Int32 is expected.");
        var entries = MemoryMarshal.Cast<byte, int>(table.Data.Span);
        foreach (var entry in entries)
        {
            if (entry < 0 || entry > Softmax.One)
                throw new RuleException($"its table '{table.Name}' has the entry {entry}, outside of [0, {Softmax.One}].");
        }

        if (entries[0] == 0)
            throw new RuleException($"its table '{table.Name}' begins with 0.");
        Require.Finite(Requantization.SoftmaxMultiplier(entries[0], output.Scale), "multiplier");
    }

    public static void Check(GraphNode node, Normalize normalize)
    {
        if (Require.IsFloat(node))
        {
            CheckFloat(node, normalize);
            return;
        }

        if (node.Inputs[0] is not { Quantization: { } input, Shape: { } shape } || node.Output.Quantization is not { } output)
            throw new RuleException("it has a kernel for a quantized value of known rank.");
        if (!(double.IsFinite(normalize.Epsilon) && normalize.Epsilon >= 0 && double.IsFinite(Requantization.StepEpsilon(normalize.Epsilon, Limits.NormalizedElements, input.Scale))))
            throw new RuleException($"its epsilon is {normalize.Epsilon}; a finite number of at least 0 is expected.");
        var parameters = Parameters(normalize, shape);
        foreach (var parameter in node.Inputs.Skip(1))
        {
            if (!parameter.IsConstant || parameter.Type != ElementType.Float32 || parameter.Quantization is not null || parameter.Shape!.ElementCount != parameters)
                throw new RuleException($"'{parameter.Name}' is {parameter}; a constant of Float32 with {parameters} elements is expected.");
            foreach (var value in MemoryMarshal.Cast<byte, float>(parameter.Data.Span))
                Require.Finite(value / output.Scale, $"'{parameter.Name}' in steps of the result");
        }
    }

    private static void CheckFloat(GraphNode node, Normalize normalize)
    {
        Require.Float(node);
        if (node.Inputs[0].Shape is not { } shape || normalize.Function != "layer_norm")
            throw new RuleException($"there is no float32 kernel for {normalize.Function} of a value of shape {node.Inputs[0].Shape}; {"layer_norm"} has one.");
        if (!(double.IsFinite(normalize.Epsilon) && normalize.Epsilon >= 0))
            throw new RuleException($"its epsilon is {normalize.Epsilon}; a finite number of at least 0 is expected.");
        var parameters = Parameters(normalize, shape);
        foreach (var parameter in node.Inputs.Skip(1))
        {
            if (!parameter.IsConstant || parameter.Shape!.ElementCount != parameters)
                throw new RuleException($"'{parameter.Name}' is {parameter}; a constant of Float32 with {parameters} elements is expected.");
        }
    }

    private static Dimension Parameters(Normalize normalize, Shape shape)
    {
        if (normalize.Function == "layer_norm" && normalize.Size >= 1 && normalize.Size <= shape.Rank)
        {
            Dimension product = 1;
            foreach (var size in shape.Skip(shape.Rank - normalize.Size))
                product *= size;
            return product.IsFixed ? product : throw new RuleException($"it normalizes dimensions of {shape} that are not numbers.");
        }

        if (normalize.Function == "group_norm" && shape is { Rank: >= 2 } && shape[1].IsFixed && normalize.Size >= 1 && shape[1].Size % normalize.Size == 0)
            return shape[1];
        throw new RuleException($"there is no kernel for {normalize.Function} with {normalize.Size} of a value of shape {shape}.");
    }
}
