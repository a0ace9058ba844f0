using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>
/// Watches the values that a quantizer sees and keeps their range. The range lives in two buffers, so that it is in the
/// checkpoint: of no dimension, or of one entry for each index of dimension 0 of the observed tensors.
/// </summary>
/// <remarks>Before the first observation the range is empty, from +∞ to −∞.</remarks>
public abstract class Observer
{
    private nn.Module? owner;

    /// <summary>Whether the range is taken from each tensor alone, so that it is observed outside of training too.</summary>
    public virtual bool IsMemoryless => false;

    /// <summary>The number of ranges: 0 for one of the whole tensor.</summary>
    public int Channels { get; private set; }

    /// <summary>The lowest values so far, [] or [channels].</summary>
    public Tensor Minimum => Buffer("minimum");

    /// <summary>The highest values so far, [] or [channels].</summary>
    public Tensor Maximum => Buffer("maximum");

    /// <summary>Whether anything was observed.</summary>
    public bool HasObserved
    {
        get
        {
            using var lowest = Minimum.min();
            return !float.IsPositiveInfinity(lowest.ToSingle());
        }
    }

    /// <summary>A text for tables.</summary>
    public abstract override string ToString();

    /// <summary>
    /// Takes the range of one more tensor into account. Called without gradients; results are written into
    /// <see cref="Minimum"/> and <see cref="Maximum"/>.
    /// </summary>
    /// <param name="minimum">The lowest values of the tensor, as shaped as <see cref="Minimum"/>.</param>
    /// <param name="maximum">The highest values of the tensor.</param>
    protected abstract void Update(Tensor minimum, Tensor maximum);

    /// <summary>Registers the buffers in the quantizer that uses this observer.</summary>
    internal void Attach(nn.Module module, int channels, Device? device)
    {
        if (owner is not null)
            throw new InvalidOperationException("An observer belongs to one quantizer.");
        (owner, Channels) = (module, channels);
        long[] shape = channels == 0 ? [] : [channels];
        module.register_buffer("minimum", full(shape, float.PositiveInfinity, device: device).DetachFromDisposeScope());
        module.register_buffer("maximum", full(shape, float.NegativeInfinity, device: device).DetachFromDisposeScope());
    }

    /// <summary>Observes a tensor.</summary>
    internal void Observe(Tensor values)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
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

    /// <summary>Forgets everything.</summary>
    internal void Reset()
    {
        using var noGrad = no_grad();
        Minimum.fill_(float.PositiveInfinity);
        Maximum.fill_(float.NegativeInfinity);
    }

    private Tensor Buffer(string name) =>
        owner?.get_buffer(name) ?? throw new InvalidOperationException("The observer does not belong to a quantizer yet.");
}
