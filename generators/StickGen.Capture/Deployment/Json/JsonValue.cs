namespace StickGen.Capture.Deployment.Json;

/// <summary>A value of a JSON text, with the place where it begins.</summary>
/// <param name="kind">What it is.</param>
/// <param name="position">Where it begins in the text.</param>
/// <param name="text">The string without its escapes, or the number or literal as written.</param>
internal sealed class JsonValue(JsonKind kind, int position, string text)
{
    public JsonKind Kind { get; } = kind;

    public int Position { get; } = position;

    public string Text { get; } = text;

    /// <summary>The elements of an array.</summary>
    public List<JsonValue> Elements { get; } = [];

    /// <summary>The members of an object, in the order of the text; no two have the same name.</summary>
    public List<KeyValuePair<string, JsonValue>> Members { get; } = [];

    /// <summary>The member of that name, or <see langword="null"/>.</summary>
    public JsonValue? Member(string name)
    {
        foreach (var member in Members)
        {
            if (member.Key == name)
                return member.Value;
        }

        return null;
    }
}
