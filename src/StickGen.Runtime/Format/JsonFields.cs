using System.Text.Json;
using StickGen.Deployment;
using StickGen.Validation;

namespace StickGen.Format;

/// <summary>
/// Reads the members of a JSON object and insists that nothing else is there: a member this version does not know could
/// change what the model computes.
/// </summary>
internal ref struct JsonFields
{
    /// <summary>No text that is read is longer; names of scales may be longer than <see cref="Limits.NameLength"/>.</summary>
    public const int MaxText = 2 * Limits.NameLength;

    private readonly JsonElement element;
    private readonly string where;
    private int read;

    public JsonFields(JsonElement element, string where)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new InvalidModelException($"{where} is not a JSON object.");
        (this.element, this.where) = (element, where);
    }

    public JsonElement Required(string name) =>
        Optional(name) ?? throw new InvalidModelException($"{where} has no '{name}'.");

    public JsonElement? Optional(string name)
    {
        if (!element.TryGetProperty(name, out var value))
            return null;
        read++;
        return value;
    }

    /// <summary>Whether there is a member; it still has to be read.</summary>
    public readonly bool Has(string name) => element.TryGetProperty(name, out _);

    public string String(string name) => String(Required(name), name);

    public int Int(string name, int min, int max) => Int(Required(name), name, min, max);

    public bool Bool(string name) => Required(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new InvalidModelException($"'{name}' in {where} is not true or false."),
    };

    public double Double(string name)
    {
        var value = Required(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw new InvalidModelException($"'{name}' in {where} is not a finite number.");
    }

    public float Single(string name)
    {
        var value = Required(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out var number) && float.IsFinite(number)
            ? number
            : throw new InvalidModelException($"'{name}' in {where} is not a finite float32.");
    }

    public JsonElement.ArrayEnumerator Array(string name) => Array(Required(name), name);

    public (int First, int Second) Pair(string name, int min, int max)
    {
        var items = Array(name);
        if (items.Count() != 2)
            throw new InvalidModelException($"'{name}' in {where} is not a pair.");
        return (Int(items.First(), name, min, max), Int(items.Last(), name, min, max));
    }

    public readonly void End()
    {
        if (element.GetPropertyCount() == read)
            return;
        var names = string.Join(", ", element.EnumerateObject().Take(16).Select(p => p.Name));
        throw new InvalidModelException($"{where} has members that this version does not know; it has {names}.");
    }

    private readonly JsonElement.ArrayEnumerator Array(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray()
            : throw new InvalidModelException($"'{name}' in {where} is not an array.");

    private readonly string String(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { Length: <= MaxText } text
            ? text
            : throw new InvalidModelException($"'{name}' in {where} is not a string of at most {MaxText} characters.");

    private readonly int Int(JsonElement value, string name, int min, int max) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max
            ? number
            : throw new InvalidModelException($"'{name}' in {where} is not a whole number from {min} to {max}.");
}
