using StickGen.Graphs;
using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>
/// The place of a quantizer behind code that is kept verbatim: the emitted <c>forward</c> runs the code and passes its value
/// through this unit.
/// </summary>
public sealed class ValueUnit : FloatUnit
{
    internal ValueUnit(Site site)
        : base(site)
    {
    }

    /// <inheritdoc/>
    public override string? LoweringProblem => $"the integer model has no operation for '{((Opaque)Site.Nodes[0].Operation).Code}'";

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => inputs[0];

    /// <inheritdoc/>
    protected internal override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs) =>
        throw new Compression.CompressionException($"'{Name}': {LoweringProblem}.");
}
