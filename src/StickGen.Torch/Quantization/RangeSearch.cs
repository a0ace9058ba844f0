namespace StickGen.Quantization;

/// <summary>Finds the range of values that suits a scheme best, from their histogram.</summary>
/// <remarks>
/// Ends are sought on a grid of <see cref="Steps"/> equal parts between 0 and the farthest value on that side. A range with
/// one free end, or a symmetric one, is sought on the whole grid; one with two free ends from the best range that shrinks
/// both alike, then one end after the other as long as that helps.
/// Running sums over the bins make the cost of a range proportional to the number of integers, not of bins.
/// </remarks>
internal static class RangeSearch
{
    /// <summary>The parts of the grid.</summary>
    public const int Steps = 100;

    /// <summary>
    /// The range with the least squared error of rounding and clipping, where a value counts as the middle of its bin.
    /// </summary>
    public static (float Low, float High) LeastSquares(ValueHistogram histogram, QuantizationScheme scheme) =>
        Search(histogram, scheme, new SquaredError(histogram));

    /// <summary>
    /// The range with the least Kullback-Leibler divergence of the values from what is left of them: those that are clipped count at
    /// the ends, and within one step all bins that are not empty count alike (Migacz 2017, "8-bit inference with TensorRT").
    /// Bins are of one step where the range is so small that steps are less than bins.
    /// </summary>
    public static (float Low, float High) LeastDivergence(ValueHistogram histogram, QuantizationScheme scheme) =>
        Search(histogram, scheme, new Divergence(histogram));

    private static (float Low, float High) Search(ValueHistogram histogram, QuantizationScheme scheme, Cost cost)
    {
        var (begin, end) = histogram.Occupied();
        if (begin == end)
            return (0, 0);
        // Zero is always represented. The bin of zero has no negative values.
        var low = Math.Min(0, (histogram.First + begin) * histogram.Width);
        var high = Math.Max(0, (histogram.First + end) * histogram.Width);
        if (scheme.Symmetric)
            (low, high) = (-Math.Max(-low, high), Math.Max(-low, high));

        float LowAt(int i) => (float)(low * i / Steps);
        float HighAt(int j) => (float)(high * j / Steps);
        double CostOf(int i, int j) => cost.Of(LowAt(i), HighAt(j), scheme);

        var best = (I: Steps, J: Steps, Cost: CostOf(Steps, Steps));
        bool Try(int i, int j)
        {
            var c = CostOf(i, j);
            if (c >= best.Cost)
                return false;
            best = (i, j, c);
            return true;
        }

        for (var i = Steps - 1; i >= 1; i--)
            Try(i, i);
        var improved = !scheme.Symmetric && low < 0 && high > 0;
        while (improved)
        {
            improved = false;
            var (fixedLow, fixedHigh) = (best.I, best.J);
            for (var j = 0; j <= Steps; j++)
                improved |= fixedLow + j > 0 && Try(fixedLow, j);
            fixedHigh = best.J;
            for (var i = 0; i <= Steps; i++)
                improved |= fixedHigh + i > 0 && Try(i, fixedHigh);
        }

        return (LowAt(best.I), HighAt(best.J));
    }

    /// <summary>What is made small, with the sums over bins that it needs.</summary>
    private abstract class Cost(ValueHistogram histogram)
    {
        protected int Bins { get; } = histogram.Weights.Length;

        public abstract double Of(float low, float high, QuantizationScheme scheme);

        /// <summary>The first bin whose middle is at <paramref name="value"/> or above.</summary>
        protected int BinAt(double value) =>
            (int)Math.Clamp(Math.Ceiling((value / histogram.Width) - histogram.First - 0.5), 0, Bins);

        /// <summary>Sums of a function of the bins: entry i is over those before i.</summary>
        protected double[] Running(Func<double, double, double> term)
        {
            var sums = new double[Bins + 1];
            for (var bin = 0; bin < Bins; bin++)
                sums[bin + 1] = sums[bin] + term(histogram.Weights[bin], histogram.Middle(bin));
            return sums;
        }
    }

    private sealed class SquaredError : Cost
    {
        private readonly double[] weight, first, second;

        public SquaredError(ValueHistogram histogram)
            : base(histogram)
        {
            weight = Running((w, _) => w);
            first = Running((w, x) => w * x);
            second = Running((w, x) => w * x * x);
        }

        public override double Of(float low, float high, QuantizationScheme scheme)
        {
            var (scale, zeroPoint) = AffineQuantization.ChooseParameters(low, high, scheme);
            var (error, begin) = (0.0, 0);
            for (var q = scheme.QMin; q <= scheme.QMax; q++)
            {
                var level = (double)scale * (q - zeroPoint);
                var end = q == scheme.QMax ? Bins : BinAt(level + (scale / 2.0));
                error += second[end] - second[begin] - (2 * level * (first[end] - first[begin])) + (level * level * (weight[end] - weight[begin]));
                begin = end;
            }

            return error;
        }
    }

    private sealed class Divergence : Cost
    {
        private readonly double[] weight, filled, entropy;

        public Divergence(ValueHistogram histogram)
            : base(histogram)
        {
            weight = Running((w, _) => w);
            filled = Running((w, _) => w > 0 ? 1 : 0);
            entropy = Running((w, _) => Entropy(w));
        }

        public override double Of(float low, float high, QuantizationScheme scheme)
        {
            var (scale, zeroPoint) = AffineQuantization.ChooseParameters(low, high, scheme);
            double BottomOf(int q) => scale * (q - zeroPoint - 0.5);
            var (from, to) = (BinAt(BottomOf(scheme.QMin)), BinAt(BottomOf(scheme.QMax + 1)));
            var total = weight[^1];
            var kept = weight[to] - weight[from];
            // One bin for each integer, or what remains looks perfect because nothing can be told apart.
            if (to - from < Math.Min(scheme.QMax - scheme.QMin + 1, filled[^1]) || kept <= 0)
                return double.PositiveInfinity;

            var (below, above) = (weight[from], total - weight[to]);
            var (firstBin, lastBin) = (weight[from + 1] - weight[from], weight[to] - weight[to - 1]);
            var (begin, cross) = (from, 0.0);
            for (var q = scheme.QMin; q <= scheme.QMax; q++)
            {
                var end = q == scheme.QMax ? to : Math.Min(BinAt(BottomOf(q + 1)), to);
                if (end == begin)
                    continue;
                var mass = weight[end] - weight[begin];
                var count = filled[end] - filled[begin];
                var reference = mass;
                if (begin == from && below > 0)
                    (reference, count) = (reference + below, count + (firstBin > 0 ? 0 : 1));
                // A step of a single bin may be both the first and the last.
                if (end == to && above > 0)
                    (reference, count) = (reference + above, count + (lastBin > 0 || (to - from == 1 && below > 0) ? 0 : 1));
                if (reference > 0)
                {
                    if (mass <= 0)
                        return double.PositiveInfinity;
                    cross += reference * Math.Log(mass / count / kept);
                }

                begin = end;
            }

            // Σ w·log w of the reference: the ends have what was clipped.
            var sum = entropy[to] - entropy[from];
            if (to - from == 1)
                sum = Entropy(total);
            else
                sum += Entropy(firstBin + below) - Entropy(firstBin) + Entropy(lastBin + above) - Entropy(lastBin);
            return (sum - (total * Math.Log(total)) - cross) / total;
        }

        private static double Entropy(double w) => w > 0 ? w * Math.Log(w) : 0;
    }
}
