using StickGen.Graphs;
using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>An activation that follows nothing it could be part of. It only clamps, so its result has its input's scale.</summary>
public sealed class ActivationUnit : Unit
{
    /// <summary>An activation.</summary>
    public ActivationUnit(Site site, Activation activation)
        : base(site) => Activation = activation;

    /// <summary>Which one.</summary>
    public Activation Activation { get; internal set; }

    /// <inheritdoc/>
    protected override UnitPlacement DefaultPlacement => UnitPlacement.OneScale;

    /// <inheritdoc/>
    protected internal override bool IsNonNegative(bool inputsAre) => Activation != Activation.None || inputsAre;

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => Activation.Apply(inputs[0]);

    /// <inheritdoc/>
    protected override Tensor Simulate(ReadOnlySpan<Tensor> inputs)
    {
        if (Activation != Activation.Relu6 || Output.Quantizer is not { Enabled: true })
            return Float(inputs);

        // 6 need not be a whole number of steps; the integer model clamps at the nearest one.
        var parameters = Output.Parameters;
        var (low, high) = Activation.Bounds(parameters.ToValueQuantization());
        return inputs[0].clamp(parameters.Scale * (low - parameters.ZeroPoint), parameters.Scale * (high - parameters.ZeroPoint));
    }

    /// <inheritdoc/>
    protected override Tensor Exact(ReadOnlySpan<Tensor> inputs)
    {
        var output = Output.Parameters.ToValueQuantization();
        var (low, high) = Activation.Bounds(output);
        return IntegerArithmetic.Steps(inputs[0], Inputs[0]).clamp_(low - output.ZeroPoint, high - output.ZeroPoint);
    }

    /// <inheritdoc/>
    protected internal override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs) =>
        lowering.Add(this, new Activate(Activation), inputs);
}
