using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using StickGen.Training;
using static StickGen.Torch.Tests.Training.SmallTraining;

namespace StickGen.Torch.Tests.Training;

/// <summary>The history of a run as CSV, JSON lines and SVG.</summary>
public sealed class HistoryTests : IDisposable
{
    private static readonly EpochResult[] TwoEpochs =
    [
        new(0, Values(("loss", 0.5), ("top \"1\", %", 91.25)), Values(("loss", 0.75), ("top \"1\", %", 90)), 0.1, 1.5),
        new(1, Values(("loss", double.NaN), ("top \"1\", %", 1e-7)), null, 0.025, 2),
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void As_a_table() => Assert.Equal(
        """
        epoch,learning_rate,seconds,training_loss,"training_top ""1"", %",validation_loss,"validation_top ""1"", %"
        1,0.1,1.5,0.5,91.25,0.75,90
        2,0.025,2,NaN,1E-07,,

        """.ReplaceLineEndings("\n"),
        HistoryText.ToCsv(TwoEpochs));

    [Fact]
    public void As_JSON_lines()
    {
        var lines = HistoryText.ToJsonLines(TwoEpochs).Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal("", lines[2]);
        var first = JsonSerializer.Deserialize<JsonElement>(lines[0]);
        Assert.Equal(["epoch", "learning_rate", "seconds", "training_loss", "training_top \"1\", %", "validation_loss", "validation_top \"1\", %"],
            first.EnumerateObject().Select(member => member.Name));
        Assert.Equal(0.75, first.GetProperty("validation_loss").GetDouble());
        var second = JsonSerializer.Deserialize<JsonElement>(lines[1]);
        Assert.Equal(JsonValueKind.Null, second.GetProperty("training_loss").ValueKind);
        Assert.False(second.TryGetProperty("validation_loss", out _));
    }

    [Fact]
    public void As_a_picture()
    {
        var epochs = Enumerable.Range(0, 30)
            .Select(i => new EpochResult(i, Values(("loss", 2.0 / (i + 1)), ("a<b>", 50 + i)), Values(("loss", 2.5 / (i + 1))), 0.1, 1))
            .ToArray();
        var svg = XDocument.Parse(HistoryPlot.ToSvg(epochs, "R&D")).Root!;

        Assert.Contains(Elements(svg, "text"), text => text.Value == "R&D");
        Assert.Contains(Elements(svg, "text"), text => text.Value == "a<b>");
        var curves = Elements(svg, "polyline").Select(Points).ToList();
        Assert.Equal([30, 30, 30], curves.Select(points => points.Count));
        // The y axis points down: losses fall, so their curves do; the other metric rises. Epochs go to the right.
        Assert.All(curves, points => Assert.Equal(points.Select(p => p.X).Order(), points.Select(p => p.X)));
        Assert.Equal(curves[0].Select(p => p.Y).Order(), curves[0].Select(p => p.Y));
        Assert.Equal(curves[2].Select(p => p.Y).OrderDescending(), curves[2].Select(p => p.Y));
        // A validation loss of 2.5 is above a training loss of 2.
        Assert.True(curves[1][0].Y < curves[0][0].Y);
        var frames = Elements(svg, "rect").Where(rect => (string?)rect.Attribute("fill") == "none").ToList();
        Assert.Equal(2, frames.Count);
        Assert.All(curves.Take(2).SelectMany(points => points), point => Assert.True(IsInside(frames[0], point)));
        Assert.All(curves[2], point => Assert.True(IsInside(frames[1], point)));
    }

    [Fact]
    public void A_picture_of_little_is_still_one()
    {
        foreach (var history in (EpochResult[][])[[], [TwoEpochs[0]], [TwoEpochs[1]], [new(0, Values(("loss", 0)), null, 0, 0), new(1, Values(("loss", 0)), null, 0, 0)]])
        {
            var text = HistoryPlot.ToSvg(history);
            _ = XDocument.Parse(text);
            Assert.DoesNotContain("NaN", text);
            Assert.DoesNotContain("∞", text);
        }
    }

    [Theory]
    [InlineData(0, 1, "0.0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(87.3, 92.1, "87 88 89 90 91 92 93")]
    [InlineData(-0.004, 0.011, "-0.005 0.000 0.005 0.010 0.015")]
    [InlineData(2.2808400869369505, 2.302913761138916, "2.280 2.285 2.290 2.295 2.300 2.305")]
    [InlineData(5, 5, "4.4 4.6 4.8 5.0 5.2 5.4 5.6")]
    [InlineData(0, 0, "-0.0010 -0.0005 0.0000 0.0005 0.0010")]
    [InlineData(0, 4e9, "0 1e9 2e9 3e9 4e9")]
    public void Numbers_on_an_axis_are_round(double minimum, double maximum, string expected)
    {
        var axis = new PlotAxis(minimum, maximum, 6, isWhole: false);
        Assert.Equal(expected.Split(' ').Select(Parse), axis.Ticks.Select(axis.Format).Select(Parse));
        Assert.All([minimum, maximum], value => Assert.InRange(axis.Position(value), 0, 1));

        static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void An_axis_takes_any_finite_numbers()
    {
        var pick = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var (a, b) = (Any(pick), Any(pick));
            var axis = new PlotAxis(Math.Min(a, b), Math.Max(a, b), 6, isWhole: false);
            Assert.InRange(axis.Ticks.Count, 2, 14);
            Assert.InRange(axis.Position(a), -1e-6, 1 + 1e-6);
        }

        static double Any(Random pick) => (pick.NextDouble() - 0.5) * Math.Pow(10, pick.Next(-12, 13));
    }

    [Fact]
    public void Files_follow_a_run_and_are_the_same_after_a_resume()
    {
        using var data = Data();
        string[] extensions = [".csv", ".jsonl", ".svg"];
        Run("expected", cancelAfter: null);
        Run("actual", cancelAfter: StepsPerEpoch + 2);
        Assert.Equal(2, File.ReadAllLines(folder.File("actual.csv")).Length);
        Run("actual", cancelAfter: null);

        Assert.Equal(Epochs + 1, File.ReadAllLines(folder.File("actual.csv")).Length);
        Assert.Equal(WithoutSeconds("expected"), WithoutSeconds("actual"));
        Assert.Equal(Epochs, File.ReadAllLines(folder.File("actual.jsonl")).Length);
        Assert.Equal(File.ReadAllText(folder.File("expected.svg")), File.ReadAllText(folder.File("actual.svg")));

        void Run(string name, int? cancelAfter)
        {
            using var model = Model();
            using var cancellation = new CancellationTokenSource();
            var files = extensions.Select(extension => new HistoryFile(folder.File(name + extension)));
            var trainer = Trainer(Options with { Checkpoint = new() { Path = folder.File(name) } });
            try
            {
                trainer.Fit(model, data, [.. files, new Canceller(cancelAfter, cancellation)], data, cancellation.Token);
            }
            catch (OperationCanceledException) when (cancelAfter is not null)
            {
            }
        }

        IEnumerable<string> WithoutSeconds(string name) =>
            File.ReadAllLines(folder.File(name + ".csv")).Select(line => string.Join(',', line.Split(',').Where((_, column) => column != 2)));
    }

    [Fact]
    public void Other_extensions_are_refused() =>
        Assert.Contains("'.txt'; it has to be .csv, .jsonl or .svg", Assert.Throws<ArgumentException>(() => new HistoryFile("history.txt")).Message);

    private static MetricValues Values(params (string Name, double Value)[] values) =>
        new(values.Select(value => KeyValuePair.Create(value.Name, value.Value)));

    private static IEnumerable<XElement> Elements(XElement svg, string name) => svg.Descendants().Where(element => element.Name.LocalName == name);

    private static List<(double X, double Y)> Points(XElement line) =>
        [.. ((string)line.Attribute("points")!).Split(' ').Select(point => point.Split(',')).Select(p => (Number(p[0]), Number(p[1])))];

    private static bool IsInside(XElement frame, (double X, double Y) point)
    {
        var (x, y) = (Number((string)frame.Attribute("x")!), Number((string)frame.Attribute("y")!));
        var (width, height) = (Number((string)frame.Attribute("width")!), Number((string)frame.Attribute("height")!));
        return point.X >= x - 0.01 && point.X <= x + width + 0.01 && point.Y >= y - 0.01 && point.Y <= y + height + 0.01;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private sealed class Canceller(int? step, CancellationTokenSource cancellation) : TrainingCallback
    {
        public override void OnStepEnd(TrainingContext context)
        {
            if (context.Step == step)
                cancellation.Cancel();
        }
    }
}
