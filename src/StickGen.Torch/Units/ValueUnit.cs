using StickGen.Graphs;
using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>
/// What code that is kept verbatim computes: the emitted <c>forward</c> runs the code and passes its value through this unit and, where
/// the integer model has an operation for it, what the code read.
/// </summary>
public sealed class ValueUnit : OperationUnit
{
    internal ValueUnit(Site site)
        : base(site)
    {
    }

    /// <inheritdoc/>
    protected override string MissingOperation => Operation switch
    {
        Opaque { Code: var code } => $"the integer model has no operation for '{code}'",
        Call { Function: var function } => $"the integer model has no operation for '{function}' in '{Site.Nodes[0].Source}'",
        _ => base.MissingOperation,
    };

    /// <summary>Why a node of a known kind cannot be deployed.</summary>
    internal static string Refusal(GraphNode node) =>
        $"the integer model has no operation for '{node.Name[(node.Name.LastIndexOf('.') + 1)..]}' in '{node.Source}'";

    /// <summary>What computes the value once more, where keys or values of attention are quantized after training.</summary>
    internal PostTraining.AttentionProduct? Product { get; set; }

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => Product is { IsActive: true } product ? product.Compute(Operands(inputs)) : inputs[0];

    private protected override ReadOnlySpan<Tensor> Operands(ReadOnlySpan<Tensor> inputs) => inputs[1..];
}
