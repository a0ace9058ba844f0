using System.Text;
using System.Text.Json;
using StickGen.Compression;
using StickGen.Training;

namespace StickGen.Pruning;

/// <summary>A <see cref="ChannelSelection"/> as JSON: the model's name, and of each prunable group its width and what is kept.</summary>
public static class MaskFile
{
    private const int Version = 1;

    /// <summary>The text of a mask.</summary>
    public static string ToJson(this ChannelSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new() { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", Version);
            writer.WriteString("model", selection.Groups.Model);
            writer.WriteStartObject("groups");
            foreach (var group in selection.Groups.Prunable)
            {
                writer.WriteStartObject(group.Name);
                writer.WriteNumber("width", group.Width);
                writer.WritePropertyName("kept");
                writer.WriteRawValue($"[{string.Join(", ", selection.Kept(group))}]");
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Reads a mask.</summary>
    /// <param name="groups">The groups of the model that it is for.</param>
    /// <param name="json">The text.</param>
    /// <exception cref="CompressionException">It is not a mask, or one of another model; the message says what does not fit.</exception>
    public static ChannelSelection FromJson(ChannelGroups groups, string json)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json, new() { AllowDuplicateProperties = false });
            return Read(groups, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // An ArgumentException where the text has half of a surrogate pair.
            throw new CompressionException($"The mask is not JSON: {e.Message}", e);
        }
    }

    /// <summary>Writes a mask to a file, which is replaced as a whole or not at all.</summary>
    public static void Save(this ChannelSelection selection, string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        WholeFile.Write(path, selection.ToJson());
    }

    /// <summary>Reads a mask from a file.</summary>
    /// <exception cref="CompressionException">It is not a mask, or one of another model; the message says what does not fit.</exception>
    public static ChannelSelection Load(ChannelGroups groups, string path) => FromJson(groups, File.ReadAllText(path));

    private static ChannelSelection Read(ChannelGroups groups, JsonElement root)
    {
        var members = Object(root, "the mask", ["version", "model", "groups"]);
        var version = Integer(members["version"], "version");
        if (version != Version)
            throw Bad($"its version is {version}; this library reads {Version}");
        if (members["model"].ValueKind != JsonValueKind.String || members["model"].GetString() != groups.Model)
            throw Bad($"it is for the model {members["model"].GetRawText()}, not for \"{groups.Model}\"");
        if (members["groups"].ValueKind != JsonValueKind.Object)
            throw Bad("'groups' is no object");

        var open = groups.Prunable.ToDictionary(g => g.Name, StringComparer.Ordinal);
        var selection = ChannelSelection.All(groups);
        foreach (var entry in members["groups"].EnumerateObject())
        {
            if (!open.Remove(entry.Name, out var group))
            {
                throw Bad(groups.Frozen.FirstOrDefault(g => g.Name == entry.Name) is { } frozen
                    ? $"the group '{entry.Name}' cannot lose channels: {frozen.FrozenBecause}"
                    : $"{groups.Model} has no group '{entry.Name}'");
            }

            var fields = Object(entry.Value, $"'{entry.Name}'", ["width", "kept"]);
            var width = Integer(fields["width"], $"the width of '{entry.Name}'");
            if (width != group.Width)
                throw Bad($"'{entry.Name}' has {width} channels there and {group.Width} in the model");
            if (fields["kept"].ValueKind != JsonValueKind.Array)
                throw Bad($"'kept' of '{entry.Name}' is no list");
            selection = selection.Keep(group, [.. fields["kept"].EnumerateArray().Select(i => Integer(i, $"a channel of '{entry.Name}'"))]);
        }

        return open.Count == 0 ? selection : throw Bad($"it says nothing about {string.Join(", ", open.Keys.Select(k => $"'{k}'"))}");
    }

    private static Dictionary<string, JsonElement> Object(JsonElement element, string what, string[] names)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw Bad($"{what} is no object");
        var members = element.EnumerateObject().ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal);
        if (names.FirstOrDefault(n => !members.ContainsKey(n)) is { } missing)
            throw Bad($"{what} has no '{missing}'");
        return members.Keys.FirstOrDefault(k => !names.Contains(k)) is { } unknown ? throw Bad($"{what} has a '{unknown}', which is not known") : members;
    }

    private static int Integer(JsonElement element, string what) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var value) ? value : throw Bad($"{what} is {element.GetRawText()}, no whole number");

    private static CompressionException Bad(string reason) => new($"The mask cannot be used: {reason}.");
}
