using System.Collections.Immutable;
using StickGen.Compression;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>
/// A fake quantizer whose range is what an observer saw (Jacob et al. 2018; Krishnamoorthi 2018). It observes in training,
/// or whenever <see cref="FakeQuantizer.Calibrating"/> is set; a <see cref="Observer.IsMemoryless">memoryless</see> observer always does.
/// </summary>
public sealed class ObservingQuantizer : FakeQuantizer
{
    private readonly Observer observer;
    private readonly long delay;

    /// <param name="scheme">How real numbers are mapped to integers.</param>
    /// <param name="observer">Finds the range; a new one for each quantizer.</param>
    /// <param name="channels">The size of dimension 0 of what is quantized, if <paramref name="scheme"/> is per channel.</param>
    /// <param name="quantDelay">The number of training steps in which it observes but does not round.</param>
    /// <param name="device">Where the buffers are.</param>
    /// <exception cref="ArgumentException">The scheme is per channel and no channels are given, or the delay is negative.</exception>
    public ObservingQuantizer(
        QuantizationScheme scheme, Observer observer, int channels = 0, long quantDelay = 0, Device? device = null)
        : base(scheme)
    {
        ArgumentNullException.ThrowIfNull(observer);
        ArgumentOutOfRangeException.ThrowIfNegative(quantDelay);
        if (scheme.PerChannel != channels > 0)
            throw new ArgumentException($"The scheme is {scheme}, and {channels} channels are given.", nameof(channels));
        (this.observer, delay) = (observer, quantDelay);
        observer.Attach(this, channels, device);
        register_buffer("steps", zeros([], ScalarType.Int64, device).DetachFromDisposeScope());
    }

    /// <summary>What finds the range.</summary>
    public Observer Observer => observer;

    /// <summary>Whether ranges are observed at all.</summary>
    public bool ObserverEnabled { get; set; } = true;

    /// <summary>The number of tensors seen in training.</summary>
    public long StepCount => get_buffer("steps")!.item<long>();

    /// <inheritdoc/>
    public override string Method => observer.ToString();

    /// <inheritdoc/>
    public override AffineParameters Parameters
    {
        get
        {
            var minimum = observer.Minimum.ToFloats();
            var maximum = observer.Maximum.ToFloats();
            var scales = ImmutableArray.CreateBuilder<float>(minimum.Length);
            var zeroPoints = ImmutableArray.CreateBuilder<int>(minimum.Length);
            for (var i = 0; i < minimum.Length; i++)
            {
                var (scale, zeroPoint) = Choose(minimum[i], maximum[i]);
                scales.Add(scale);
                zeroPoints.Add(zeroPoint);
            }

            return new(scales.MoveToImmutable(), zeroPoints.MoveToImmutable(), Scheme);
        }
    }

    /// <summary>Forgets what was observed, and the steps.</summary>
    public void Reset()
    {
        observer.Reset();
        using var noGrad = no_grad();
        get_buffer("steps")!.zero_();
    }

    /// <inheritdoc/>
    public override Tensor Steps(Tensor values)
    {
        if (observer.IsMemoryless)
            observer.Observe(values);
        return base.Steps(values);
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        if (ObserverEnabled && (training || Calibrating || observer.IsMemoryless))
            observer.Observe(x);
        var delayed = delay > 0 && StepCount < delay * CallsPerForward;
        if (training)
        {
            using var noGrad = no_grad();
            get_buffer("steps")!.add_(1);
        }

        return Enabled && !delayed ? FakeQuantize.Apply(x, Parameters) : x.alias();
    }

    internal override void OnForward() => observer.OnForward();

    private (float Scale, int ZeroPoint) Choose(float minimum, float maximum)
    {
        if (minimum > maximum)
            throw new CompressionException(
                $"The quantizer of '{Target}' has observed nothing, so its range is not known. Run the variant in training, or calibrate it, first.");
        try
        {
            return AffineQuantization.ChooseParameters(minimum, maximum, Scheme);
        }
        catch (ArgumentException e)
        {
            throw new CompressionException(
                $"The quantizer of '{Target}' has observed the range [{minimum}, {maximum}]: the values were not finite.", e);
        }
    }
}
