using System.Runtime.InteropServices;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Validation;

/// <summary>Rules of linear layers with integers in groups: types, and integers and scales that the scheme allows.</summary>
internal static class GroupedRules
{
    public static void Check(GraphNode node, GroupedLinear linear)
    {
        if (!Enum.IsDefined(linear.Precision))
            throw new RuleException($"there is no kernel for activations of {linear.Precision}.");
        if (linear.Precision != ActivationPrecision.StaticInt8 && (linear.InputScale != 0 || linear.InputZeroPoint != 0))
            throw new RuleException($"it has the input scale {linear.InputScale} and zero point {linear.InputZeroPoint}; with activations of {linear.Precision}, both are 0.");
        if (node.Inputs[0].Quantization is not null || node.Output.Quantization is not null)
            throw new RuleException("it has a kernel for float32 values only.");
        Type(node.Inputs[1], ElementType.Int8, "weight");
        if (node.Inputs[1].Shape![1].Size > GroupedWeights.MaximumColumns)
            throw new RuleException($"it has {node.Inputs[1].Shape![1]} inputs; at most {GroupedWeights.MaximumColumns} are supported.");
        Type(node.Inputs[2], ElementType.Float32, "scales");
        if (!linear.Scheme.Symmetric)
            Type(node.Inputs[3], ElementType.Int8, "zero points");
        if (node.Inputs.Count > 1 + linear.Weights)
            Type(node.Inputs[^1], ElementType.Float32, "bias");
        try
        {
            GroupedWeights.Check(
                linear.Scheme, MemoryMarshal.Cast<byte, sbyte>(node.Inputs[1].Data.Span), MemoryMarshal.Cast<byte, float>(node.Inputs[2].Data.Span),
                linear.Scheme.Symmetric ? [] : MemoryMarshal.Cast<byte, sbyte>(node.Inputs[3].Data.Span));
        }
        catch (ArgumentException e)
        {
            throw new RuleException($"of its weight '{node.Inputs[1].Name}': {e.Message}");
        }

        if (linear.Precision == ActivationPrecision.StaticInt8)
            CheckInputs(node, linear);
    }

    private static void CheckInputs(GraphNode node, GroupedLinear linear)
    {
        try
        {
            GroupQuantizedMatrix.CheckInputs(linear.Scheme, linear.Scheme.GroupLength((int)node.Inputs[1].Shape![1].Size), linear.InputScale, linear.InputZeroPoint);
        }
        catch (ArgumentException e)
        {
            throw new RuleException($"of what it reads: {e.Message}");
        }
    }

    private static void Type(GraphValue value, ElementType type, string name)
    {
        if (value.Type != type || value.Quantization is not null)
            throw new RuleException($"its {name} '{value.Name}' has the type {value.Type}; {type} without a quantization is expected.");
    }
}
