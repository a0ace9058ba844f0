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
    public override string? LoweringProblem => Site.Nodes[0].Operation is Opaque { Code: var code }
        ? $"the integer model has no operation for '{code}'"
        : $"the integer model has no operation for '{Site.Nodes[0].Name}' ({Site.Nodes[0].Operation})";

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => inputs[0];

    /// <inheritdoc/>
    protected internal override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs) =>
        throw new Compression.CompressionException($"'{Name}': {LoweringProblem}.");
}
