using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>A unit that always computes in float, with quantized neighbours at most.</summary>
public abstract class FloatUnit : Unit
{
    /// <inheritdoc cref="Unit(Site, ReadOnlySpan{nn.Module})"/>
    protected FloatUnit(Site site, params ReadOnlySpan<nn.Module?> modules)
        : base(site, modules)
    {
    }

    /// <inheritdoc/>
    protected sealed override UnitPlacement DefaultPlacement => UnitPlacement.Float;

    /// <inheritdoc/>
    protected sealed override Tensor Simulate(ReadOnlySpan<Tensor> inputs) => Float(inputs);

    /// <inheritdoc/>
    protected sealed override Tensor Exact(ReadOnlySpan<Tensor> inputs) =>
        throw new InvalidOperationException($"'{Name}' computes in float.");
}
