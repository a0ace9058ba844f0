using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Validation;

/// <summary>Rules of operations that read a table beside their value.</summary>
internal static class FunctionRules
{
    /// <summary>A function that float32 has a kernel for.</summary>
    public static void Check(GraphNode node, Elementwise elementwise)
    {
        Require.Float(node);
        if (!elementwise.HasFloatKernel())
            throw new RuleException($"there is no float32 kernel for {elementwise}.");
    }

    /// <summary>Tokens, and a table of float32.</summary>
    public static void CheckEmbedding(GraphNode node)
    {
        var (tokens, table) = (node.Inputs[0], node.Inputs[1]);
        if (tokens.Type != ElementType.Int32 || tokens.IsConstant)
            throw new RuleException($"its indices '{tokens.Name}' are {tokens}; an input of Int32 is expected.");
        if (table.Type != ElementType.Float32 || table.Quantization is not null || node.Output.Quantization is not null)
            throw new RuleException($"its table '{table.Name}' is {table}; a constant of Float32 is expected, and such a result.");
    }

    /// <summary>Both sides quantized, and every entry of the table within the range of the result.</summary>
    public static void CheckLookup(GraphNode node)
    {
        var table = node.Inputs[1];
        if (node.Inputs[0].Quantization is null || node.Output.Quantization is not { } output)
            throw new RuleException("it goes from a quantized value to a quantized value.");
        if (table.Type != ElementType.UInt8 || table.Quantization is not null)
            throw new RuleException($"its table '{table.Name}' has the type {table.Type}; UInt8 without a quantization is expected.");
        foreach (var entry in table.Data.Span)
        {
            if (entry < output.Low || entry > output.High)
                throw new RuleException($"its table '{table.Name}' has the entry {entry}, outside of the result's range [{output.Low}, {output.High}].");
        }
    }
}
