/// <summary>
/// How much a measured figure depends on the segments of text that happened to be held out: it is computed anew from segments that are drawn from them with replacement
/// (Efron and Tibshirani 1993).
/// </summary>
internal static class Bootstrap
{
    private const int Draws = 2000;
    private const double Share = 0.95;

    /// <summary>The interval, by percentiles, in which the perplexity of 95% of the draws is.</summary>
    public static (double Low, double High) Interval(Perplexity perplexity, int seed) =>
        Interval(perplexity.Losses, seed, mean => Math.Exp(mean / perplexity.TokensInSegment));

    /// <summary>The same of the relative increase from one perplexity to another, of which every draw has the same segments.</summary>
    /// <exception cref="ArgumentException">They are of different texts.</exception>
    public static (double Low, double High) IntervalOfIncrease(Perplexity from, Perplexity to, int seed)
    {
        if (from.Losses.Count != to.Losses.Count || from.TokensInSegment != to.TokensInSegment)
            throw new ArgumentException($"one perplexity is of {from.Losses.Count} segments of {from.TokensInSegment} tokens, the other of {to.Losses.Count} of {to.TokensInSegment}.", nameof(to));
        return Interval([.. to.Losses.Zip(from.Losses, (t, f) => t - f)], seed, mean => Math.Exp(mean / from.TokensInSegment) - 1);
    }

    private static (double Low, double High) Interval(IReadOnlyList<double> values, int seed, Func<double, double> figure)
    {
        var random = new Random(seed);
        var figures = new double[Draws];
        foreach (ref var result in figures.AsSpan())
        {
            var sum = 0.0;
            for (var i = 0; i < values.Count; i++)
                sum += values[random.Next(values.Count)];
            result = figure(sum / values.Count);
        }

        Array.Sort(figures);
        var outside = (int)Math.Round((1 - Share) / 2 * (Draws - 1));
        return (figures[outside], figures[^(outside + 1)]);
    }
}
