using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StickGen.Training;

/// <summary>The epochs of a run as text for other programs. Epochs count from 1; numbers have all their digits.</summary>
public static class HistoryText
{
    private const string Training = "training_", Validation = "validation_";

    /// <summary>
    /// A table with a header (RFC 4180, with line feeds): epoch, learning rate, seconds, then each metric, such as <c>training_loss</c> and
    /// <c>validation_loss</c>. What an epoch lacks is empty.
    /// </summary>
    public static string ToCsv(IReadOnlyList<EpochResult> history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var rows = history.Select(Values).ToList();
        var columns = rows.SelectMany(row => row.Keys).Distinct().ToList();
        if (columns.Count == 0)
            return "";
        var text = new StringBuilder();
        AppendLine(columns.Select(Quote));
        foreach (var row in rows)
            AppendLine(columns.Select(column => row.TryGetValue(column, out var value) ? value.ToString("R", CultureInfo.InvariantCulture) : ""));
        return text.ToString();

        void AppendLine(IEnumerable<string> cells) => text.AppendJoin(',', cells).Append('\n');
    }

    /// <summary>A JSON object for each epoch, in a line of its own, with the same names; a number that is not finite is null.</summary>
    public static string ToJsonLines(IReadOnlyList<EpochResult> history)
    {
        ArgumentNullException.ThrowIfNull(history);
        return string.Concat(history.Select(epoch =>
            new JsonObject(Values(epoch).Select(pair => KeyValuePair.Create(pair.Key, Number(pair.Value)))).ToJsonString() + "\n"));

        static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
    }

    private static OrderedDictionary<string, double> Values(EpochResult epoch)
    {
        var values = new OrderedDictionary<string, double>
        {
            ["epoch"] = epoch.Epoch + 1, ["learning_rate"] = epoch.LearningRate, ["seconds"] = epoch.Seconds,
        };
        foreach (var (name, value) in epoch.Training)
            values[Training + name] = value;
        foreach (var (name, value) in epoch.Validation ?? Enumerable.Empty<KeyValuePair<string, double>>())
            values[Validation + name] = value;
        return values;
    }

    private static string Quote(string cell) =>
        cell.AsSpan().IndexOfAny("\",\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
