using StickGen.Compression;
using StickGen.Graphs;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>
/// What a site is bound to where one unit does not do: several units and module calls in order, such as the children of a
/// <c>Sequential</c>, or the parts of a pattern whose rule does not hold.
/// </summary>
internal sealed class SequenceUnit : Unit
{
    private readonly Step[] steps;
    private readonly int values;

    /// <param name="site">The place in the model.</param>
    /// <param name="steps">Computed in order; the last one's value is the result.</param>
    /// <param name="inputCount">The number of inputs, which are the first values.</param>
    public SequenceUnit(Site site, IReadOnlyList<Step> steps, int inputCount)
        : base(site) => (this.steps, values) = ([.. steps], inputCount + steps.Count);

    /// <summary>What its steps decide; it has no slot of its own.</summary>
    protected override UnitPlacement DefaultPlacement => UnitPlacement.Float;

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs)
    {
        var computed = new Tensor[values];
        inputs.CopyTo(computed);
        var next = inputs.Length;
        foreach (var step in steps)
            computed[next++] = step.Run(Array.ConvertAll(step.Inputs, i => computed[i]));
        return computed[next - 1];
    }

    /// <inheritdoc/>
    protected override Tensor Simulate(ReadOnlySpan<Tensor> inputs) => Float(inputs);

    /// <inheritdoc/>
    protected override Tensor Exact(ReadOnlySpan<Tensor> inputs) => Float(inputs);

    /// <inheritdoc/>
    protected internal override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs) =>
        throw new InvalidOperationException($"The units of '{Name}' are lowered one by one.");

    /// <summary>A unit or a module.</summary>
    /// <param name="Run">Computes the value.</param>
    /// <param name="Inputs">The values that are read, by index.</param>
    internal readonly record struct Step(Func<Tensor[], Tensor> Run, int[] Inputs);
}
