using StickGen.Compression;
using StickGen.Graphs;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>The unit of a value that takes the place of a tensor which the graph has and a call does not give: it passes as it is.</summary>
internal sealed class FallbackUnit(Site site) : FloatUnit(site)
{
    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => inputs[0];

    /// <inheritdoc/>
    protected internal override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs) =>
        throw new CompressionException($"'{Name}' takes the place of a tensor that the graph has, and so is no part of the integer model.");
}
