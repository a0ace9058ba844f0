using StickGen.Compression;
using StickGen.Graphs;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>The unit of a site in a branch that the instance does not take, neither in training nor deployed.</summary>
internal sealed class UnreachedUnit(Site site) : FloatUnit(site)
{
    private CompressionException Refusal => new(
        $"'{Name}' is in a branch that the model did not take when it was compressed. Set what decides on the branch before Apply.");

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => throw Refusal;

    /// <inheritdoc/>
    protected internal override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs) => throw Refusal;
}
