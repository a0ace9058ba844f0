using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>The sum of two values, optionally with the activation that follows it. Both have one scale.</summary>
public sealed class AddUnit : Unit
{
    /// <summary>A sum and an activation.</summary>
    public AddUnit(Site site, Activation activation = Activation.None)
        : base(site) => Activation = activation;

    /// <summary>Applied to the sum.</summary>
    public Activation Activation { get; }

    /// <inheritdoc/>
    public override string? LoweringProblem =>
        Site.Nodes.Any(n => n.Operation is Opaque) ? "its operands differ in shape" : null;

    /// <inheritdoc/>
    protected override UnitPlacement DefaultPlacement =>
        LoweringProblem is null ? UnitPlacement.OneInputScale : UnitPlacement.Float;

    /// <inheritdoc/>
    protected internal override bool IsNonNegative(bool inputsAre) => Activation != Activation.None || inputsAre;

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => Activation.Apply(inputs[0].add(inputs[^1]));

    /// <inheritdoc/>
    protected override Tensor Simulate(ReadOnlySpan<Tensor> inputs) => Activation.ApplyInPlace(inputs[0].add(inputs[^1]));

    /// <inheritdoc/>
    protected override Tensor Exact(ReadOnlySpan<Tensor> inputs)
    {
        var sum = IntegerArithmetic.Steps(inputs[0], Inputs[0]).add_(IntegerArithmetic.Steps(inputs[^1], Inputs[^1]));
        var output = Output.Parameters.ToValueQuantization();
        var multiplier = Requantization.AddMultiplier(Inputs[0].Parameters.Scale, output.Scale);
        return IntegerArithmetic.Requantize(sum, tensor(multiplier, device: sum.device), output, Activation.Bounds(output));
    }

    /// <inheritdoc/>
    protected internal override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs) =>
        lowering.Add(this, new Add(Activation), [inputs[0], inputs[^1]]);
}
