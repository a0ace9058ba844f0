using System.Globalization;
using System.Security;
using System.Text;

namespace StickGen.Training;

/// <summary>The epochs of a run as a picture.</summary>
public static class HistoryPlot
{
    private const int PanelWidth = 460, PanelHeight = 320, TitleHeight = 36;
    private const string TrainingColor = "#1f77b4", ValidationColor = "#d62728";

    /// <summary>
    /// An SVG image with a panel for each metric: its curve over the training batches (blue) and the validation (red), by epoch. Values
    /// that are not finite are left out.
    /// </summary>
    public static string ToSvg(IReadOnlyList<EpochResult> history, string title = "training")
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(title);
        var names = history.SelectMany(epoch => epoch.Training.Concat(OrNone(epoch.Validation))).Select(metric => metric.Key).Distinct().ToList();
        var (width, height) = (Math.Max(1, names.Count) * PanelWidth, TitleHeight + PanelHeight);
        var svg = new StringBuilder();
        svg.Append(Text($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n"));
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        svg.Append(Text($"<text x=\"{width / 2}\" y=\"24\" text-anchor=\"middle\" font-size=\"16\">{SecurityElement.Escape(title)}</text>\n"));
        for (var i = 0; i < names.Count; i++)
        {
            var panel = new PlotPanel(i * PanelWidth, TitleHeight, PanelWidth, PanelHeight, names[i]);
            panel.Draw(svg, Math.Max(1, history.Count), [
                new("training", TrainingColor, Curve(history, names[i], epoch => epoch.Training)),
                new("validation", ValidationColor, Curve(history, names[i], epoch => epoch.Validation)),
            ]);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static List<(double Epoch, double Value)> Curve(IReadOnlyList<EpochResult> history, string name, Func<EpochResult, MetricValues?> values) =>
    [
        .. from epoch in history
           from metric in OrNone(values(epoch))
           where metric.Key == name && double.IsFinite(metric.Value)
           select (epoch.Epoch + 1.0, metric.Value),
    ];

    private static IEnumerable<KeyValuePair<string, double>> OrNone(MetricValues? values) => values ?? Enumerable.Empty<KeyValuePair<string, double>>();

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
