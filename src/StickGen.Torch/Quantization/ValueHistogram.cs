using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>
/// Weights of values in bins of one width, which is a power of two, with an edge at 0. A range that grows beyond the bins
/// doubles the width, which adds up neighbours exactly: the histogram is the same as if it had been made with that width.
/// </summary>
internal sealed class ValueHistogram
{
    public const int DefaultBins = 2048;

    // Beyond these, float32 has no finite values to count.
    private const int SmallestExponent = -160;

    // The share of all weights that counts as nothing.
    private const double Negligible = 1e-9;

    private readonly double[] weights;

    /// <param name="bins">The number of bins.</param>
    public ValueHistogram(int bins = DefaultBins)
        : this(new double[bins], SmallestExponent, -bins / 2)
    {
    }

    /// <summary>A histogram that was kept.</summary>
    public ValueHistogram(double[] weights, int exponent, long first) =>
        (this.weights, Exponent, First) = (weights, exponent, first);

    /// <summary>The weight of each bin.</summary>
    public ReadOnlySpan<double> Weights => weights;

    /// <summary>The width is two to this power.</summary>
    public int Exponent { get; private set; }

    /// <summary>The first bin begins at this many widths.</summary>
    public long First { get; private set; }

    /// <summary>The width of a bin.</summary>
    public double Width => Math.ScaleB(1, Exponent);

    /// <summary>The histogram of one tensor, of finite numbers.</summary>
    public static ValueHistogram Of(Tensor values)
    {
        using var scope = NewDisposeScope();
        var histogram = new ValueHistogram();
        histogram.Add(Elements(values));
        return histogram;
    }

    /// <summary>The elements of a tensor of any type and place.</summary>
    public static float[] Elements(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.detach().to_type(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
    }

    /// <summary>The middle of a bin.</summary>
    public double Middle(int bin) => (First + bin + 0.5) * Width;

    /// <summary>
    /// Multiplies all weights by a factor less than 1. What is next to nothing then is forgotten, and if the rest needs few of the bins, they become narrower,
    /// as if values were spread evenly in each: one outlier does not make them coarse for good.
    /// </summary>
    public void Fade(double factor)
    {
        var total = 0.0;
        foreach (ref var weight in weights.AsSpan())
            total += weight *= factor;
        foreach (ref var weight in weights.AsSpan())
            weight = weight < total * Negligible ? 0 : weight;
        Narrow();
    }

    /// <summary>Adds finite values with a weight of 1 each.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        if (values.IsEmpty)
            return;
        var (minimum, maximum) = (0f, 0f);
        foreach (var v in values)
            (minimum, maximum) = (Math.Min(minimum, v), Math.Max(maximum, v));
        Cover(minimum, maximum);

        // A power of two: the quotients are exact.
        var inverse = Math.ScaleB(1, -Exponent);
        foreach (var v in values)
            weights[(int)((long)Math.Floor(v * inverse) - First)]++;
    }

    /// <summary>The bins that have weight, or an empty range.</summary>
    public (int Begin, int End) Occupied()
    {
        var (begin, end) = (0, weights.Length);
        while (begin < end && weights[begin] == 0)
            begin++;
        while (end > begin && weights[end - 1] == 0)
            end--;
        return (begin, end);
    }

    private void Narrow()
    {
        var (begin, end) = Occupied();
        // From or to 0, as values are added.
        var (from, to) = (Math.Min(First + begin, 0), Math.Max(First + end, 1));
        var halvings = 0;
        while (begin < end && (to - from) << (halvings + 3) <= weights.Length && Exponent - halvings > SmallestExponent)
            halvings++;
        if (halvings == 0)
            return;

        var parts = 1 << halvings;
        var first = (from << halvings) - ((weights.Length - ((to - from) << halvings)) / 2);
        var moved = new double[weights.Length];
        for (var bin = begin; bin < end; bin++)
            moved.AsSpan((int)(((First + bin) << halvings) - first), parts).Fill(weights[bin] / parts);
        moved.CopyTo(weights, 0);
        (Exponent, First) = (Exponent - halvings, first);
    }

    private void Cover(double minimum, double maximum)
    {
        var (begin, end) = Occupied();
        var (low, high) = begin == end ? (0, 0) : (First + begin, First + end - 1);
        var exponent = Exponent;
        long from, to;
        while (true)
        {
            var inverse = Math.ScaleB(1, -exponent);
            var (a, b) = (Math.Floor(minimum * inverse), Math.Floor(maximum * inverse));
            var shift = Math.Min(exponent - Exponent, 62);
            // Compared as float64 first: at a small width the numbers of bins exceed every integer.
            if (b - a < weights.Length)
            {
                (from, to) = (Math.Min((long)a, low >> shift), Math.Max((long)b, high >> shift));
                if (to - from < weights.Length)
                    break;
            }

            exponent++;
        }

        if (exponent == Exponent && from >= First && to < First + weights.Length)
            return;

        // As much room on both sides.
        var first = from - ((weights.Length - (to - from + 1)) / 2);
        var moved = new double[weights.Length];
        for (var bin = begin; bin < end; bin++)
            moved[((First + bin) >> Math.Min(exponent - Exponent, 62)) - first] += weights[bin];
        moved.CopyTo(weights, 0);
        (Exponent, First) = (exponent, first);
    }
}
