using System.Globalization;
using System.Security;
using System.Text;

namespace StickGen.Training;

/// <summary>A curve of a <see cref="PlotPanel"/>.</summary>
internal sealed record PlotCurve(string Name, string Color, IReadOnlyList<(double X, double Y)> Points);

/// <summary>One diagram of a <see cref="HistoryPlot"/>: axes with round numbers, curves, and what they are.</summary>
internal sealed class PlotPanel(int left, int top, int width, int height, string title)
{
    private const int LeftMargin = 62, RightMargin = 16, TopMargin = 24, BottomMargin = 40, TickCount = 6;

    private readonly double innerLeft = left + LeftMargin, innerRight = left + width - RightMargin;
    private readonly double innerTop = top + TopMargin, innerBottom = top + height - BottomMargin;

    /// <param name="svg">Receives the elements.</param>
    /// <param name="epochs">The end of the horizontal axis, which begins at 1.</param>
    /// <param name="curves">Those without points are left out.</param>
    public void Draw(StringBuilder svg, int epochs, IReadOnlyList<PlotCurve> curves)
    {
        var values = curves.SelectMany(curve => curve.Points).Select(point => point.Y).DefaultIfEmpty(0).ToList();
        var x = new PlotAxis(1, Math.Max(2, epochs), TickCount, isWhole: true);
        var y = new PlotAxis(values.Min(), values.Max(), TickCount, isWhole: false);
        Add(svg, $"<text x=\"{(innerLeft + innerRight) / 2:0.#}\" y=\"{innerTop - 8:0.#}\" text-anchor=\"middle\" font-size=\"13\">{SecurityElement.Escape(title)}</text>");
        foreach (var tick in y.Ticks)
        {
            var at = Y(tick);
            Add(svg, $"<line x1=\"{innerLeft:0.#}\" y1=\"{at:0.##}\" x2=\"{innerRight:0.#}\" y2=\"{at:0.##}\" stroke=\"#dddddd\"/>");
            Add(svg, $"<text x=\"{innerLeft - 6:0.#}\" y=\"{at + 4:0.##}\" text-anchor=\"end\">{y.Format(tick)}</text>");
        }

        foreach (var tick in x.Ticks)
            Add(svg, $"<text x=\"{X(tick):0.##}\" y=\"{innerBottom + 16:0.#}\" text-anchor=\"middle\">{x.Format(tick)}</text>");
        Add(svg, $"<text x=\"{innerRight:0.#}\" y=\"{innerBottom + 33:0.#}\" text-anchor=\"end\">epoch</text>");
        Add(svg, $"<rect x=\"{innerLeft:0.#}\" y=\"{innerTop:0.#}\" width=\"{innerRight - innerLeft:0.#}\" height=\"{innerBottom - innerTop:0.#}\" fill=\"none\" stroke=\"#333333\"/>");
        DrawCurves(svg, [.. curves.Where(curve => curve.Points.Count > 0)], X, Y);

        double X(double value) => innerLeft + (x.Position(value) * (innerRight - innerLeft));
        double Y(double value) => innerBottom - (y.Position(value) * (innerBottom - innerTop));
    }

    private void DrawCurves(StringBuilder svg, IReadOnlyList<PlotCurve> curves, Func<double, double> toX, Func<double, double> toY)
    {
        const int LegendWidth = 92;
        for (var i = 0; i < curves.Count; i++)
        {
            var (name, color, points) = curves[i];
            var line = string.Join(' ', points.Select(point => Text($"{toX(point.X):0.##},{toY(point.Y):0.##}")));
            Add(svg, $"<polyline points=\"{line}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.8\"/>");
            // A single point has no line.
            foreach (var point in points.Count == 1 ? points : [])
                Add(svg, $"<circle cx=\"{toX(point.X):0.##}\" cy=\"{toY(point.Y):0.##}\" r=\"3\" fill=\"{color}\"/>");
            var at = innerLeft + 4 + (i * LegendWidth);
            Add(svg, $"<line x1=\"{at:0.#}\" y1=\"{innerBottom + 29:0.#}\" x2=\"{at + 18:0.#}\" y2=\"{innerBottom + 29:0.#}\" stroke=\"{color}\" stroke-width=\"1.8\"/>");
            Add(svg, $"<text x=\"{at + 22:0.#}\" y=\"{innerBottom + 33:0.#}\">{name}</text>");
        }
    }

    private static void Add(StringBuilder svg, FormattableString element) => svg.Append(Text(element)).Append('\n');

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
