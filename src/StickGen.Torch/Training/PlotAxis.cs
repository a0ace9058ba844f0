using System.Globalization;

namespace StickGen.Training;

/// <summary>An axis from one number to another, with round numbers on it.</summary>
internal sealed class PlotAxis
{
    private readonly double start, end, step;

    /// <param name="minimum">The smallest value; finite.</param>
    /// <param name="maximum">The largest value; finite.</param>
    /// <param name="count">About how many numbers there should be.</param>
    /// <param name="isWhole">Whether the axis ends at exactly these values, with whole numbers on it.</param>
    public PlotAxis(double minimum, double maximum, int count, bool isWhole)
    {
        // A curve that does not change still needs an axis of some length.
        if (!(maximum - minimum > Math.Max(Math.Abs(minimum), Math.Abs(maximum)) * 1e-9))
        {
            var room = Math.Max(Math.Abs(maximum) * 0.1, 1e-3);
            (minimum, maximum) = (minimum - room, maximum + room);
        }

        step = RoundStep((maximum / count) - (minimum / count));
        if (isWhole)
            step = Math.Max(1, step);
        (start, end) = isWhole ? (minimum, maximum) : (Math.Floor(minimum / step) * step, Math.Ceiling(maximum / step) * step);
        // A multiple of the step may be an ulp beside it.
        var first = Math.Ceiling((start / step) - 1e-6);
        Ticks = [.. Enumerable.Range(0, (2 * count) + 2).Select(i => (first + i) * step).TakeWhile(tick => tick <= end + (step * 1e-6))];
    }

    /// <summary>The round numbers from the start to the end.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Where a value is: 0 at the start, 1 at the end.</summary>
    public double Position(double value) => ((value / 2) - (start / 2)) / ((end / 2) - (start / 2));

    /// <summary>A number of the axis with as many digits as tell it from its neighbours.</summary>
    public string Format(double tick)
    {
        var digits = Math.Max(0, -(int)Math.Floor(Math.Log10(step) + 1e-9));
        return Math.Abs(tick) >= 1e6 || digits > 5
            ? tick.ToString("0.###e0", CultureInfo.InvariantCulture)
            : (Math.Abs(tick) < step / 2 ? 0 : tick).ToString("F" + digits, CultureInfo.InvariantCulture);
    }

    /// <summary>1, 2 or 5 times a power of ten, at least as large.</summary>
    private static double RoundStep(double step)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        return new[] { 1, 2, 5, 10 }.First(factor => factor == 10 || factor * power >= step * (1 - 1e-9)) * power;
    }
}
