using StickGen.Graphs;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>An input of the model, or of a module in it, whose values then are quantized already.</summary>
public sealed class InputUnit : FloatUnit
{
    private readonly bool isModelInput;
    private readonly bool isFirst;

    /// <param name="site">The place in the model.</param>
    /// <param name="isModelInput">Whether it is an input of the model, not of a module in it.</param>
    /// <param name="isFirst">Whether it is the one that each forward begins with.</param>
    internal InputUnit(Site site, bool isModelInput, bool isFirst)
        : base(site) => (this.isModelInput, this.isFirst) = (isModelInput, isFirst);

    /// <summary>Called with each value, which does not outlive the forward.</summary>
    internal Action<Tensor>? Seen { get; set; }

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs)
    {
        if (isModelInput)
            Site.State.See(Name, inputs[0].shape);
        if (isFirst)
            Site.State.OnForward();
        Seen?.Invoke(inputs[0]);
        return inputs[0];
    }

    /// <inheritdoc/>
    protected internal override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs) => inputs[0];
}
