using StickGen.Graphs;

namespace StickGen.Validation;

/// <summary>Rules of operations that read a table beside their value.</summary>
internal static class FunctionRules
{
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
