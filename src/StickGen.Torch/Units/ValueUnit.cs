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
        : Refusal(Site.Nodes[0]);

    /// <summary>Why a node of a known kind cannot be deployed.</summary>
    internal static string Refusal(GraphNode node) =>
        $"the integer model has no operation for '{node.Name[(node.Name.LastIndexOf('.') + 1)..]}' in '{node.Source}'";

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => inputs[0];

    /// <inheritdoc/>
    protected internal override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs) =>
        throw new Compression.CompressionException($"'{Name}': {LoweringProblem}.");
}
