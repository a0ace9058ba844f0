using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace StickGen.Benchmarks;

/// <summary>Figures by key, in the order in which they were measured; also shown as they come.</summary>
internal sealed class Report
{
    private readonly List<(string Key, object Value)> figures = [];

    public void Add(string key, double value) => Show(key, Math.Round(value, 4));

    public void Add(string key, long value) => Show(key, value);

    public void Add(string key, string value) => Show(key, value);

    /// <summary>Writes one JSON object, whose keys are the figures'.</summary>
    public void Save(string path)
    {
        using var stream = File.Create(path);
        using var json = new Utf8JsonWriter(stream, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        foreach (var (key, value) in figures)
        {
            json.WritePropertyName(key);
            JsonSerializer.Serialize(json, value);
        }

        json.WriteEndObject();
    }

    private void Show(string key, object value)
    {
        figures.Add((key, value));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{key} = {value}"));
    }
}
