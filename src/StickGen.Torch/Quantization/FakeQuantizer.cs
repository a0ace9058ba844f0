using StickGen.Compression;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>
/// Rounds values to what integers can represent, and lets gradients through as if it had not. Algorithms differ in how
/// they find scale and zero point: derive from this class, register what is learned as parameters and what is observed as
/// buffers, and both are in the checkpoint, under the reserved prefix of the variant.
/// </summary>
/// <remarks>
/// Field names of a derived class must differ from its buffers' and parameters', and must not repeat those of a base class:
/// TorchSharp looks fields up by those names when a module moves to another device.
/// </remarks>
public abstract class FakeQuantizer : nn.Module<Tensor, Tensor>
{
    /// <summary>A quantizer for values of one scheme.</summary>
    protected FakeQuantizer(QuantizationScheme scheme)
        : base(nameof(FakeQuantizer))
    {
        ArgumentNullException.ThrowIfNull(scheme);
        Scheme = scheme;
    }

    /// <summary>How real numbers are mapped to integers.</summary>
    public QuantizationScheme Scheme { get; }

    /// <summary>Whether values are rounded. A disabled quantizer returns them as they are.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Whether what is found from values is found outside of training too: to calibrate a model that is not trained.</summary>
    public bool Calibrating { get; set; }

    /// <summary>
    /// What is quantized, for messages: the name of the unit, and <c>weight</c> if it is that.
    /// </summary>
    public string Target { get; internal set; } = "";

    /// <summary>How many tensors it is called with in one forward: more than one where units share it.</summary>
    internal int CallsPerForward { get; set; } = 1;

    /// <summary>At the start of each forward of the variant: what is gathered over the calls of one forward begins anew.</summary>
    internal virtual void OnForward()
    {
    }

    /// <summary>The current scales and zero points.</summary>
    /// <exception cref="CompressionException">They are not known yet, because nothing was observed.</exception>
    public abstract AffineParameters Parameters { get; }

    /// <summary>A short text for tables: how the range is found.</summary>
    public abstract string Method { get; }

    /// <summary>Fake-quantizes: observes or learns as the algorithm does, and returns a new tensor of the same shape. Of a tensor without elements there is nothing to learn.</summary>
    public sealed override Tensor forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.numel() == 0 ? x.alias() : Forward(x);
    }

    /// <summary>
    /// The integers of values, less the zero point: <c>clamp(round(x / scale), low − zero point, high − zero point)</c>, as
    /// floats of the shape of <paramref name="values"/>. Neither observes nor learns. Weights that are not made from a float
    /// tensor by rounding (as those of SLB) override this together with <see cref="Forward"/>.
    /// </summary>
    public virtual Tensor Steps(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        using var noGrad = no_grad();
        return FakeQuantize.Steps(values, Parameters);
    }

    /// <summary>What <see cref="forward"/> does.</summary>
    protected abstract Tensor Forward(Tensor x);

    /// <summary>Nothing is found by reflection: what is to be in the checkpoint is registered by name.</summary>
    protected override void RegisterComponents()
    {
    }
}
