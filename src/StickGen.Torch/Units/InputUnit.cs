using StickGen.Graphs;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>An input of the model, or of a module in it, whose values then are quantized already.</summary>
public sealed class InputUnit : FloatUnit
{
    private readonly bool countsSteps;

    internal InputUnit(Site site, bool countsSteps)
        : base(site) => this.countsSteps = countsSteps;

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs)
    {
        if (countsSteps)
            Site.State.OnForward();
        return inputs[0];
    }

    /// <inheritdoc/>
    protected internal override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs) => inputs[0];
}
