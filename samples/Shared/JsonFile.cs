using System.Text.Json;

/// <summary>Reports as JSON.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Writes a report. The file appears complete or not at all.</summary>
    public static void Save<T>(T report, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Write(JsonSerializer.Serialize(report, options), path);
    }

    /// <summary>Writes JSON and a line end. The file appears complete or not at all.</summary>
    public static void Write(string json, string path)
    {
        File.WriteAllText(path + ".new", json + "\n");
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <exception cref="InvalidDataException">It is no such report.</exception>
    public static T Load<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), options) ?? throw new JsonException("it is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is not a report of this program: {e.Message}", e);
        }
    }
}
