using System.Globalization;
using System.Text.Json;
using StickGen.Deployment;
using StickGen.Graphs;

namespace StickGen.Format;

/// <summary>
/// Shapes and element types as JSON. A dimension is a number if fixed, else a string: a name, a multiple such as
/// <c>4·sequence</c>, or <c>?</c> if unknown.
/// </summary>
internal static class ShapeCodec
{
    public static void Write(Utf8JsonWriter writer, string name, IEnumerable<Dimension> dimensions)
    {
        writer.WriteStartArray(name);
        foreach (var dimension in dimensions)
        {
            if (dimension.IsFixed)
                writer.WriteNumberValue(dimension.Size);
            else
                writer.WriteStringValue(dimension.ToString());
        }

        writer.WriteEndArray();
    }

    public static Dimension[] Read(ref JsonFields fields, string name, string where) =>
        [.. fields.Array(name).Select(element => Read(element, where))];

    public static string Name(ElementType type) => type switch
    {
        ElementType.Float32 => "float32",
        ElementType.UInt8 => "uint8",
        ElementType.Int8 => "int8",
        ElementType.Int32 => "int32",
        _ => throw new InvalidModelException($"The element type {type} has no name in files."),
    };

    public static ElementType Type(string name, string where) => name switch
    {
        "float32" => ElementType.Float32,
        "uint8" => ElementType.UInt8,
        "int8" => ElementType.Int8,
        "int32" => ElementType.Int32,
        _ => throw new InvalidModelException($"{where} has the element type '{name}', which is not known."),
    };

    private static Dimension Read(JsonElement element, string where)
    {
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var size) && size >= 1)
            return size;
        if (element.ValueKind == JsonValueKind.String && element.GetString() is { Length: <= JsonFields.MaxText } text && !string.IsNullOrWhiteSpace(text))
        {
            if (text == "?")
                return Dimension.Unknown;
            var dot = text.IndexOf('·', StringComparison.Ordinal);
            if (dot < 0)
                return text;
            if (int.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var factor)
                && factor > 1 && !string.IsNullOrWhiteSpace(text[(dot + 1)..]))
                return Dimension.Fixed(factor) * text[(dot + 1)..];
        }

        throw new InvalidModelException($"{where} has a dimension that is neither a size from 1 to {int.MaxValue} nor a name.");
    }
}
