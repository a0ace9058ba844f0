using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>
/// Any function of each element by itself, of a quantized value: a table has the integer of the result for each integer. Inputs: the
/// value, and the table, 256 bytes.
/// </summary>
public sealed record Lookup : Operation
{
    /// <summary>The number of entries of a table: one for each byte, whether it occurs or not.</summary>
    public const int Entries = 256;

    /// <inheritdoc/>
    public override string Kind => "lookup";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        if (inputs.Length != 2)
            throw new ShapeException($"{inputs.Length} inputs; the value and the table are expected.");
        ShapeChecks.Same("length of the table", ShapeChecks.Constant(inputs[1], "table", 1)[0], "the number of bytes", Entries);
        return inputs[0].Shape;
    }
}
