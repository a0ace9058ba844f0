using System.Text.Json;

/// <summary>The merges of a tokenizer as JSON.</summary>
internal static class TokenizerFile
{
    private const string Kind = "byte-pair";

    /// <summary>Writes the merges. The file appears complete or not at all.</summary>
    public static void Save(BytePairTokenizer tokenizer, string path)
    {
        var content = new Content(Kind, [.. tokenizer.Merges.Select(merge => (int[])[merge.Left, merge.Right])]);
        JsonFile.Write(JsonSerializer.Serialize(content, JsonSerializerOptions.Web), path);
    }

    /// <exception cref="InvalidDataException">It is no such file; the message says why.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static BytePairTokenizer Load(string path)
    {
        try
        {
            var content = JsonSerializer.Deserialize<Content>(File.ReadAllText(path), JsonSerializerOptions.Web);
            if (content is not { Type: Kind, Merges: { } merges })
                throw new InvalidDataException($"'{path}' is no tokenizer of the type '{Kind}' with merges.");
            return new([.. merges.Select((merge, i) => merge is [var left, var right] ? (left, right) : throw new InvalidDataException($"merge {i} is not of two tokens."))]);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new InvalidDataException($"'{path}' is not a usable tokenizer: {e.Message}", e);
        }
    }

    private sealed record Content(string? Type, int[]?[]? Merges);
}
