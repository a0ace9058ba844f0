using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>
/// Keeps a histogram of the values of a whole tensor, of 2048 bins, and takes the range from it. It is in the checkpoint: the weights of the
/// bins in the buffer <c>histogram</c>, [bins] of float64, and in <c>grid</c>, [2] of int64, the width as a power of two and the number of
/// widths at which the first bin begins. Bins widen when values come that do not fit, and narrow when such values are forgotten.
/// </summary>
public abstract class HistogramObserver : Observer
{
    private readonly double? momentum;

    /// <param name="momentum">
    /// What the weight of earlier values is multiplied by with each forward, in [0, 1); <see langword="null"/> to forget nothing.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The momentum is outside of [0, 1).</exception>
    protected HistogramObserver(double? momentum = null) =>
        this.momentum = momentum is null or (>= 0 and < 1)
            ? momentum
            : throw new ArgumentOutOfRangeException(nameof(momentum), momentum, $"The momentum is {momentum}; at least 0 and less than 1 is expected.");

    /// <summary>The range of what the histogram holds. It holds something.</summary>
    private protected abstract (float Low, float High) FindRange(ValueHistogram histogram);

    /// <inheritdoc/>
    protected sealed override void Update(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var elements = ValueHistogram.Elements(values);
        if (elements.AsSpan().IsEmpty)
            return;
        if (Array.Find(elements, e => !float.IsFinite(e)) is var bad && !float.IsFinite(bad))
        {
            // As observed: the quantizer says which values these are.
            Minimum.fill_(bad);
            Maximum.fill_(bad);
            return;
        }

        var grid = Buffer("grid").cpu().data<long>().ToArray();
        var weights = Buffer("histogram").cpu().data<double>().ToArray();
        var histogram = HasObserved ? new ValueHistogram(weights, (int)grid[0], grid[1]) : new(weights.Length);
        // What shares the quantizer is of one age.
        if (momentum is { } past && IsFirstCall)
            histogram.Fade(past);
        histogram.Add(elements);
        Buffer("histogram").copy_(tensor(histogram.Weights.ToArray()));
        Buffer("grid").copy_(tensor([histogram.Exponent, histogram.First]));
        var (low, high) = FindRange(histogram);
        Minimum.fill_(low);
        Maximum.fill_(high);
    }

    private protected sealed override void RegisterState(FakeQuantizer quantizer, Device? device)
    {
        if (Channels > 0)
            throw new ArgumentException($"The observer '{this}' keeps the histogram of a whole tensor; a scheme with a scale for each channel needs another one.");
        quantizer.register_buffer("histogram", zeros([ValueHistogram.DefaultBins], ScalarType.Float64, device).DetachFromDisposeScope());
        quantizer.register_buffer("grid", zeros([2], ScalarType.Int64, device).DetachFromDisposeScope());
    }

    private protected sealed override void ResetState()
    {
        Buffer("histogram").zero_();
        Buffer("grid").zero_();
    }
}

/// <summary>The range in which a share of the values is, as many being left out at each end that has any.</summary>
public sealed class PercentileObserver : HistogramObserver
{
    /// <param name="percentile">The share that is not above the upper end, in percent, more than 50 and up to 100.</param>
    /// <param name="momentum"><inheritdoc cref="HistogramObserver(double?)" path="/param[@name='momentum']"/></param>
    /// <exception cref="ArgumentOutOfRangeException">A number is not allowed.</exception>
    public PercentileObserver(double percentile, double? momentum = null)
        : base(momentum) =>
        Percentile = percentile is > 50 and <= 100
            ? percentile
            : throw new ArgumentOutOfRangeException(nameof(percentile), percentile, $"The percentile is {percentile}; more than 50 and up to 100 is expected.");

    /// <summary>The share that is not above the upper end, in percent.</summary>
    public double Percentile { get; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"percentile {Percentile}");

    private protected override (float Low, float High) FindRange(ValueHistogram histogram)
    {
        var total = 0.0;
        foreach (var weight in histogram.Weights)
            total += weight;
        var outside = total * (1 - (Percentile / 100));
        return ((float)Math.Min(0, At(histogram, outside)), (float)Math.Max(0, At(histogram, total - outside)));
    }

    /// <summary>The value below which there is a weight of <paramref name="target"/>, even within a bin.</summary>
    private static double At(ValueHistogram histogram, double target)
    {
        var (begin, end) = histogram.Occupied();
        for (var bin = begin; bin < end; bin++)
        {
            var weight = histogram.Weights[bin];
            if (weight > 0 && target <= weight)
                return (histogram.First + bin + (target / weight)) * histogram.Width;
            target -= weight;
        }

        return (histogram.First + end) * histogram.Width;
    }
}

/// <summary>The range with the least squared error of rounding and clipping.</summary>
public sealed class LeastSquaresObserver : HistogramObserver
{
    /// <inheritdoc cref="HistogramObserver(double?)"/>
    public LeastSquaresObserver(double? momentum = null)
        : base(momentum)
    {
    }

    /// <inheritdoc/>
    public override string ToString() => "least squares";

    private protected override (float Low, float High) FindRange(ValueHistogram histogram) => RangeSearch.LeastSquares(histogram, Scheme);
}

/// <summary>
/// The range with the least Kullback-Leibler divergence between the values and what quantization leaves of them (Migacz 2017, "8-bit inference with
/// TensorRT"), with the steps of the scheme instead of 128 equal parts.
/// </summary>
public sealed class DivergenceObserver : HistogramObserver
{
    /// <inheritdoc cref="HistogramObserver(double?)"/>
    public DivergenceObserver(double? momentum = null)
        : base(momentum)
    {
    }

    /// <inheritdoc/>
    public override string ToString() => "least divergence";

    private protected override (float Low, float High) FindRange(ValueHistogram histogram) => RangeSearch.LeastDivergence(histogram, Scheme);
}
