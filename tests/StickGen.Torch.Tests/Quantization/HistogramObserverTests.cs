using StickGen.Compression;
using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Quantization;

public sealed class HistogramObserverTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void A_histogram_that_grew_is_the_one_of_all_values_at_once()
    {
        var parts = Enumerable.Range(0, 6).Select(i => (Data.Normal(i, 500) * MathF.Pow(7, i % 4) + i).ToArray()).ToArray();
        var grown = new ValueHistogram(64);
        foreach (var part in parts)
            grown.Add(part);
        Assert.Equal(3000, grown.Weights.ToArray().Sum());
        var expected = new double[64];
        foreach (var v in parts.SelectMany(p => p))
            expected[(int)(Math.Floor(v / grown.Width) - grown.First)]++;
        Assert.Equal(expected, grown.Weights.ToArray());
        // Not wider than needed: half of the width would not do.
        var all = parts.SelectMany(p => p).ToArray();
        Assert.True(Math.Floor(all.Max() / grown.Width * 2) - Math.Floor(all.Min() / grown.Width * 2) >= 64);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1e-38f, 0, 0)]
    [InlineData(3e38f, -3e38f, 1e-30f)]
    [InlineData(-5, -4, -3)]
    public void Values_of_any_size_are_counted(float a, float b, float c)
    {
        var histogram = new ValueHistogram();
        foreach (var v in new[] { a, b, c })
            histogram.Add([v]);
        Assert.Equal(3, histogram.Weights.ToArray().Sum());
        foreach (var v in new[] { a, b, c })
            Assert.True(histogram.Weights[(int)(Math.Floor(v / histogram.Width) - histogram.First)] > 0);
    }

    public static TheoryData<int, bool, bool> Cases
    {
        get
        {
            var data = new TheoryData<int, bool, bool>();
            foreach (var bits in new[] { 2, 3, 4, 8 })
            {
                data.Add(bits, true, false);
                data.Add(bits, false, false);
                data.Add(bits, false, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Least_squares_is_what_trying_all_ranges_finds(int bits, bool nonNegative, bool symmetric)
    {
        var scheme = new QuantizationScheme { Bits = bits, Symmetric = symmetric };
        var values = HeavyTailed(bits, nonNegative);
        var histogram = new ValueHistogram(256);
        histogram.Add(values);
        var (low, high) = RangeSearch.LeastSquares(histogram, scheme);
        var found = SquaredError(histogram, low, high, scheme);
        var best = Ranges(histogram, symmetric, nonNegative).Min(r => SquaredError(histogram, r.Low, r.High, scheme));
        // With two free ends the search goes from one end to the other, and may stop beside the best.
        Assert.InRange(found, best * (1 - 1e-9), best * (nonNegative || symmetric ? 1 + 1e-9 : 1.02));
        if (bits < 8)
            Assert.True(found < 0.7 * SquaredError(histogram, values.Min(), values.Max(), scheme));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Least_divergence_is_what_trying_all_ranges_finds(int bits, bool nonNegative, bool symmetric)
    {
        var scheme = new QuantizationScheme { Bits = bits, Symmetric = symmetric };
        var histogram = new ValueHistogram(512);
        histogram.Add(HeavyTailed(bits, nonNegative));
        var (low, high) = RangeSearch.LeastDivergence(histogram, scheme);
        var found = DivergenceOf(histogram, low, high, scheme);
        var best = Ranges(histogram, symmetric, nonNegative, 20).Min(r => DivergenceOf(histogram, r.Low, r.High, scheme));
        Assert.InRange(found, 0, best * (nonNegative || symmetric ? 1 + 1e-9 : 1.1));
    }

    [Fact]
    public void Percentiles_are_those_of_all_values()
    {
        using var quantizer = new ObservingQuantizer(QuantizationScheme.Activations8, new PercentileObserver(99));
        var parts = Enumerable.Range(0, 4).Select(i => Data.Normal(i, 3000) * (i + 1)).ToArray();
        foreach (var part in parts)
            quantizer.call(part);
        var sorted = parts.SelectMany(p => p.ToArray()).Order().ToArray();
        Assert.Equal(sorted[120], quantizer.Observer.Minimum.item<float>(), 0.05);
        Assert.Equal(sorted[^121], quantizer.Observer.Maximum.item<float>(), 0.05);

        using var positive = new ObservingQuantizer(QuantizationScheme.Activations8, new PercentileObserver(100));
        positive.call(parts[0].abs());
        Assert.Equal(0, positive.Observer.Minimum.item<float>());
        Assert.Equal(parts[0].abs().max().item<float>(), positive.Observer.Maximum.item<float>(), 0.01);
    }

    [Fact]
    public void A_momentum_forgets()
    {
        using var quantizer = new ObservingQuantizer(QuantizationScheme.Activations8, new PercentileObserver(99, momentum: 0.1));
        quantizer.call(Data.Normal(1, 1000) * 100);
        for (var i = 0; i < 6; i++)
            quantizer.call(Data.Normal(i, 1000));
        Assert.InRange(quantizer.Observer.Maximum.item<float>(), 2, 4);
    }

    /// <summary>Summands of an addition are of one age, whatever their order.</summary>
    [Fact]
    public void What_shares_the_quantizer_is_not_forgotten_within_a_forward()
    {
        foreach (var make in new Func<Observer>[] { () => new PercentileObserver(100, 0), () => new LeastSquaresObserver(0), () => new DivergenceObserver(0) })
        {
            using var one = new ObservingQuantizer(QuantizationScheme.Activations8, make()) { CallsPerForward = 2 };
            using var two = new ObservingQuantizer(QuantizationScheme.Activations8, make()) { CallsPerForward = 2 };
            for (var i = 0; i < 2; i++)
            {
                var (stream, branch) = (Data.Normal(i, 1000).relu(), Data.Normal(i + 2, 1000) - 1);
                one.call(stream);
                one.call(branch);
                two.call(branch);
                two.call(stream);
            }

            Assert.Equal(one.Parameters.Scale, two.Parameters.Scale);
            Assert.Equal(one.Parameters.ZeroPoint, two.Parameters.ZeroPoint);
            // The divergence of so many zeros is least if they are the end.
            Assert.True(one.Observer is DivergenceObserver || one.Observer.Minimum.item<float>() < -1, $"{one.Observer}: {one.Observer.Minimum.item<float>()}");
        }
    }

    /// <summary>One value a million times as large as all others: forgotten, it leaves bins as fine as they were.</summary>
    [Fact]
    public void An_outlier_is_forgotten_with_its_wide_bins()
    {
        using var spoiled = new ObservingQuantizer(QuantizationScheme.Activations8, new LeastSquaresObserver(momentum: 0.5));
        using var clean = new ObservingQuantizer(QuantizationScheme.Activations8, new LeastSquaresObserver(momentum: 0.5));
        spoiled.call(tensor([1e6f]));
        for (var i = 0; i < 60; i++)
        {
            var x = Data.Normal(i, 1000);
            spoiled.call(x);
            clean.call(x);
        }

        Assert.InRange(spoiled.Parameters.Scale / clean.Parameters.Scale, 0.9f, 1.1f);
    }

    /// <summary>Nothing but zeros, or one number, for long: bins do not become narrower without end.</summary>
    [Theory]
    [InlineData(0f)]
    [InlineData(1e-30f)]
    [InlineData(3f)]
    [InlineData(-1e30f)]
    public void A_constant_stays_what_it_is(float value)
    {
        using var quantizer = new ObservingQuantizer(QuantizationScheme.Activations8, new PercentileObserver(100, momentum: 0.5));
        for (var i = 0; i < 40; i++)
            quantizer.call(full([10], value));
        var (low, high) = (quantizer.Observer.Minimum.item<float>(), quantizer.Observer.Maximum.item<float>());
        Assert.True(Math.Abs(low - Math.Min(value, 0)) <= Math.Abs(value) / 100, $"{low}");
        Assert.True(Math.Abs(high - Math.Max(value, 0)) <= Math.Abs(value) / 100 + float.Epsilon, $"{high}");
        quantizer.call(tensor([5f]));
        // To within a bin.
        Assert.InRange(quantizer.Observer.Maximum.item<float>(), 4.9f, 5.1f + (Math.Abs(value) / 1000));
    }

    [Fact]
    public void State_goes_through_a_checkpoint_and_on()
    {
        foreach (var make in new Func<Observer>[] { () => new PercentileObserver(99.9, 0.9), () => new LeastSquaresObserver(), () => new DivergenceObserver(0.5) })
        {
            using var one = new ObservingQuantizer(QuantizationScheme.Activations8, make());
            one.call(Data.Normal(1, 900));
            using var two = new ObservingQuantizer(QuantizationScheme.Activations8, make());
            two.load_state_dict(one.state_dict());
            Assert.Equal(["grid", "histogram", "maximum", "minimum", "steps"], one.state_dict().Keys.Order());
            Assert.Equal(one.Parameters.Scale, two.Parameters.Scale);
            Data.AssertSame(one.call(Data.Normal(2, 900) * 3), two.call(Data.Normal(2, 900) * 3));
            one.Reset();
            Assert.False(one.Observer.HasObserved);
            using var fresh = new ObservingQuantizer(QuantizationScheme.Activations8, make());
            Data.AssertSame(fresh.call(Data.Normal(4, 900)), one.call(Data.Normal(4, 900)));
        }
    }

    [Fact]
    public void What_cannot_be_observed_is_named()
    {
        using var quantizer = new ObservingQuantizer(QuantizationScheme.Activations8, new LeastSquaresObserver());
        Assert.Contains("not finite", Assert.Throws<CompressionException>(() => quantizer.call(tensor([0, float.NegativeInfinity]))).Message, StringComparison.Ordinal);
        var error = Assert.Throws<ArgumentException>(() => new ObservingQuantizer(QuantizationScheme.Weights8, new LeastSquaresObserver(), channels: 3));
        Assert.Contains("histogram of a whole tensor", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PercentileObserver(50));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LeastSquaresObserver(1));
    }

    private static float[] HeavyTailed(int seed, bool nonNegative)
    {
        var x = Data.Normal(seed, 4000);
        x = x * x.abs();
        return (nonNegative ? x.abs() : x + 0.5).ToArray();
    }

    private static IEnumerable<(float Low, float High)> Ranges(ValueHistogram histogram, bool symmetric, bool nonNegative, int parts = RangeSearch.Steps)
    {
        var (begin, end) = histogram.Occupied();
        var (low, high) = (Math.Min(0, (histogram.First + begin) * histogram.Width), Math.Max(0, (histogram.First + end) * histogram.Width));
        var most = Math.Max(-low, high);
        for (var j = 1; j <= parts; j++)
        {
            if (symmetric)
                yield return ((float)(-most * j / parts), (float)(most * j / parts));
            else if (nonNegative)
                yield return (0, (float)(high * j / parts));
            else
            {
                for (var i = 1; i <= parts; i++)
                    yield return ((float)(low * i / parts), (float)(high * j / parts));
            }
        }
    }

    private static double SquaredError(ValueHistogram histogram, float low, float high, QuantizationScheme scheme)
    {
        var (scale, zeroPoint) = AffineQuantization.ChooseParameters(low, high, scheme);
        var sum = 0.0;
        for (var i = 0; i < histogram.Weights.Length; i++)
        {
            var x = histogram.Middle(i);
            var q = Math.Clamp(Math.Round(x / scale), scheme.QMin - zeroPoint, scheme.QMax - zeroPoint);
            sum += histogram.Weights[i] * Math.Pow(x - (scale * q), 2);
        }

        return sum;
    }

    /// <summary>Two distributions over bins, written out, and Σ p·log(p / q).</summary>
    private static double DivergenceOf(ValueHistogram histogram, float low, float high, QuantizationScheme scheme)
    {
        var (scale, zeroPoint) = AffineQuantization.ChooseParameters(low, high, scheme);
        var bins = histogram.Weights.Length;
        int StepOf(int i) => (int)Math.Floor((histogram.Middle(i) / scale) + 0.5) + zeroPoint;
        var inside = Enumerable.Range(0, bins).Where(i => StepOf(i) >= scheme.QMin && StepOf(i) <= scheme.QMax).ToArray();
        var weights = histogram.Weights.ToArray();
        if (inside.Length < Math.Min(scheme.QMax - scheme.QMin + 1, weights.Count(w => w > 0)) || inside.Sum(i => weights[i]) <= 0)
            return double.PositiveInfinity;

        var p = inside.ToDictionary(i => i, i => weights[i]);
        p[inside[0]] += weights[..inside[0]].Sum();
        p[inside[^1]] += weights[(inside[^1] + 1)..].Sum();
        var (total, kept) = (weights.Sum(), inside.Sum(i => weights[i]));
        var sum = 0.0;
        foreach (var step in inside.GroupBy(StepOf))
        {
            var filled = step.Where(i => p[i] > 0).ToArray();
            var q = filled.Length == 0 ? 0 : filled.Sum(i => weights[i]) / filled.Length / kept;
            foreach (var i in filled)
                sum += q == 0 ? double.PositiveInfinity : p[i] / total * Math.Log(p[i] / total / q);
        }

        return sum;
    }
}
