using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>
/// A fake quantizer with a learned size: a scale, or a clip. The size is a parameter that the optimizer sees, and is found
/// from the first tensor: of weights, which are known at any time, from the first of all; of activations, from the first one
/// in training or while <see cref="FakeQuantizer.Calibrating"/>, or from those of all units that share the quantizer, as the summands of
/// an addition do. So a checkpoint that is loaded into the variant before its
/// first step counts as the pretrained weights, and so do weights that batch normalization was folded into.
/// </summary>
/// <remarks>
/// Sizes stay positive by projection: one that the optimizer made less than 1/1024 of what it was at first is set to that in
/// the next training step, and counts as that until then. The parameter is the size itself and not, say, its logarithm, so
/// that its gradient is the published one and a learning rate means what it means in the papers. The first sizes are kept in
/// the buffer <c>initial</c>; it is 0 until they are known, and −1 as long as activations were all zero, which the size is 1 for.
/// </remarks>
public abstract class LearnedQuantizer : FakeQuantizer
{
    private const float LeastFraction = 1f / 1024;

    private readonly string sizeName;
    private readonly int rows;
    // Of the first forward, while it lasts and if several units share the quantizer. A range of the first one alone would cut off what
    // only others have, such as all negative values of a branch that is added to what comes from a ReLU.
    private readonly List<Tensor> seenFirst = [];

    private protected LearnedQuantizer(QuantizationScheme scheme, string name, int channels, Device? device)
        : base(scheme)
    {
        if (scheme.PerChannel != channels > 0)
            throw new ArgumentException($"The scheme is {scheme}, and {channels} channels are given.", nameof(channels));
        (sizeName, rows) = (name, channels);
        long[] shape = channels == 0 ? [] : [channels];
        AddParameter(name, ones(shape, device: device));
        register_buffer("initial", zeros(shape, device: device).DetachFromDisposeScope());
    }

    /// <summary>Whether a first tensor was seen.</summary>
    public bool IsInitialized => Values(get_buffer("initial")!)[0] != 0;

    private protected int Channels => rows;

    private protected Parameter Size => get_parameter(sizeName)!;

    /// <summary>The sizes that count: one, or one for each channel.</summary>
    private protected float[] Sizes
    {
        get
        {
            var initial = Values(get_buffer("initial")!);
            if (initial[0] == 0)
                throw new CompressionException(
                    $"The quantizer of '{Target}' has observed nothing, so its {sizeName} is not known. Run the variant in training, or calibrate it, first.");
            var sizes = Values(Size);
            for (var i = 0; i < sizes.Length; i++)
            {
                if (!float.IsFinite(sizes[i]))
                    throw new CompressionException(
                        $"The {sizeName} that the quantizer of '{Target}' learned is {sizes[i]}: training diverged. Lower the learning rate, or clip gradients.");
                sizes[i] = Math.Max(Math.Max(sizes[i], Math.Abs(initial[i]) * LeastFraction), AffineQuantization.MinimumScale);
            }

            return sizes;
        }
    }

    /// <inheritdoc/>
    public sealed override Tensor Steps(Tensor values)
    {
        if (Scheme.Signed)
            Initialize(values);
        return FindSteps(values);
    }

    /// <summary>The integers, once sizes are known.</summary>
    private protected virtual Tensor FindSteps(Tensor values) => base.Steps(values);

    /// <summary>
    /// The first sizes, and whatever else is found from the first tensor. Positive; 0 if activations do not tell, being all zero. Called without gradients.
    /// </summary>
    /// <param name="x">Finite values; if several units share the quantizer, theirs in one dimension.</param>
    private protected abstract float[] FindSizes(Tensor x);

    /// <summary>Rounds, with gradients for what is learned.</summary>
    private protected abstract Tensor Quantize(Tensor x, AffineParameters range);

    /// <summary>Brings what the optimizer changed back to what is allowed. Called without gradients, in training.</summary>
    /// <param name="sizes">The sizes that count.</param>
    private protected virtual void Project(float[] sizes) => Set(Size, sizes);

    /// <inheritdoc/>
    protected sealed override Tensor Forward(Tensor x)
    {
        if (x.dtype != ScalarType.Float32)
            throw new CompressionException($"The quantizer of '{Target}' is given values of {x.dtype}; what it learns is of Float32. Convert the variant by to(ScalarType.Float32), and its inputs.");
        if (training || Calibrating || Scheme.Signed)
            Initialize(x);
        if (training)
        {
            using var noGrad = no_grad();
            Project(Sizes);
        }

        return Enabled ? Quantize(x, Parameters) : x.alias();
    }

    private protected void AddParameter(string name, Tensor value)
    {
        using var noGrad = no_grad();
        var parameter = nn.Parameter(value);
        parameter.DetachFromDisposeScope();
        register_parameter(name, parameter);
    }

    private protected static float[] Values(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.detach().cpu().to_type(ScalarType.Float32).data<float>().ToArray();
    }

    /// <summary>Writes what differs, so that nothing is copied to a device without need.</summary>
    private protected static void Set(Tensor target, float[] values)
    {
        if (Values(target).AsSpan().SequenceEqual(values))
            return;
        using var source = tensor(values).reshape(target.shape);
        target.copy_(source);
    }

    /// <summary>The number of values that a gradient of a size is a sum over, for one sample in the case of activations.</summary>
    private protected static long CountOf(Tensor x, bool isWeight, int channels) =>
        Math.Max(1, isWeight ? x.numel() / Math.Max(channels, 1) : x.dim() > 0 && x.shape[0] > 0 ? x.numel() / x.shape[0] : x.numel());

    internal override void OnForward()
    {
        if (seenFirst.Count == 0)
            return;
        // The forward before did not come to its end.
        using var noGrad = no_grad();
        get_buffer("initial")!.zero_();
        Forget();
    }

    private void Initialize(Tensor x)
    {
        if ((Values(get_buffer("initial")!)[0] > 0 && seenFirst.Count == 0) || x.numel() == 0)
            return;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var values = x.detach().to_type(ScalarType.Float32);
        if (!values.isfinite().all().item<bool>())
            throw new CompressionException($"The quantizer of '{Target}' was given values that are not finite.");
        if (CallsPerForward > 1)
        {
            seenFirst.Add(values.flatten().clone().DetachFromDisposeScope());
            values = cat(seenFirst);
        }

        var sizes = FindSizes(values);
        var isKnown = !sizes.Contains(0);
        Set(Size, isKnown ? sizes : [1]);
        Set(get_buffer("initial")!, isKnown ? sizes : [-1]);
        if (seenFirst.Count == CallsPerForward)
            Forget();
    }

    private void Forget()
    {
        seenFirst.ForEach(t => t.Dispose());
        seenFirst.Clear();
    }
}
