using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>An observer that needs no more of a tensor than its lowest and its highest value.</summary>
public abstract class RangeObserver : Observer
{
    /// <summary>
    /// Takes the range of one more tensor into account. Called without gradients; results are written into
    /// <see cref="Observer.Minimum"/> and <see cref="Observer.Maximum"/>.
    /// </summary>
    /// <param name="minimum">The lowest values of the tensor, as shaped as <see cref="Observer.Minimum"/>.</param>
    /// <param name="maximum">The highest values of the tensor.</param>
    protected abstract void Update(Tensor minimum, Tensor maximum);

    /// <inheritdoc/>
    protected sealed override void Update(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var (minimum, maximum) = Channels == 0 ? values.aminmax() : RangeOfRows(values);
        Update(minimum.to_type(ScalarType.Float32), maximum.to_type(ScalarType.Float32));
    }

    private (Tensor Minimum, Tensor Maximum) RangeOfRows(Tensor values)
    {
        if (!Rows.AreReachable(values))
            return (values.flatten(1).amin([1]), values.flatten(1).amax([1]));
        var (minimum, maximum) = Rows.Range(values, Channels);
        return (tensor(minimum), tensor(maximum));
    }
}
