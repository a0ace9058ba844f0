using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>
/// y = x·Wᵀ + b over the last dimension. Inputs: [..., I], weight [O, I], and optionally a bias [O].
/// </summary>
/// <param name="Activation">Applied to the result.</param>
public sealed record Linear(Activation Activation = Activation.None) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "linear";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        var (input, weight) = ShapeChecks.WithParameters(inputs, "input", null, "weight", 2);
        if (input is null)
            return null;
        if (input.Rank == 0)
            throw new ShapeException("the input is a scalar.");
        ShapeChecks.Same("input features", input[-1], "weight columns", weight[1].Size);
        return input.With(-1, weight[0]);
    }
}
