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
    private FakeQuantizer? owner;
    // Of the current forward, from 0.
    private int call;

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
    /// Takes the values of one more tensor into account. Called without gradients; results are written into
    /// <see cref="Minimum"/> and <see cref="Maximum"/>.
    /// </summary>
    protected abstract void Update(Tensor values);

    /// <summary>Registers buffers for what is kept beside the range.</summary>
    private protected virtual void RegisterState(FakeQuantizer quantizer, Device? device)
    {
    }

    /// <summary>Forgets what is kept beside the range.</summary>
    private protected virtual void ResetState()
    {
    }

    /// <summary>Registers the buffers in the quantizer that uses this observer.</summary>
    internal void Attach(FakeQuantizer quantizer, int channels, Device? device)
    {
        if (owner is not null)
            throw new InvalidOperationException("An observer belongs to one quantizer.");
        (owner, Channels) = (quantizer, channels);
        long[] shape = channels == 0 ? [] : [channels];
        quantizer.register_buffer("minimum", full(shape, float.PositiveInfinity, device: device).DetachFromDisposeScope());
        quantizer.register_buffer("maximum", full(shape, float.NegativeInfinity, device: device).DetachFromDisposeScope());
        RegisterState(quantizer, device);
    }

    /// <summary>Observes a tensor.</summary>
    internal void Observe(Tensor values)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Update(values);
        call = (call + 1) % Owner.CallsPerForward;
    }

    /// <summary>Forgets everything.</summary>
    internal void Reset()
    {
        using var noGrad = no_grad();
        Minimum.fill_(float.PositiveInfinity);
        Maximum.fill_(float.NegativeInfinity);
        ResetState();
    }

    /// <inheritdoc cref="FakeQuantizer.OnForward"/>
    internal void OnForward() => call = 0;

    /// <summary>Whether no other unit that shares the quantizer was observed in this forward.</summary>
    private protected bool IsFirstCall => call == 0;

    /// <summary>Whether no other will be.</summary>
    private protected bool IsLastCall => call == Owner.CallsPerForward - 1;

    /// <summary>The scheme of the quantizer.</summary>
    private protected QuantizationScheme Scheme => Owner.Scheme;

    private protected Tensor Buffer(string name) =>
        Owner.get_buffer(name) ?? throw new InvalidOperationException($"The observer has no buffer '{name}'.");

    private FakeQuantizer Owner =>
        owner ?? throw new InvalidOperationException("The observer does not belong to a quantizer yet.");
}
