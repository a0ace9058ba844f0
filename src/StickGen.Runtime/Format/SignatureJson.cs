using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StickGen.Deployment;
using StickGen.Graphs;

namespace StickGen.Format;

/// <summary>The text form of a <see cref="ModelSignature"/>.</summary>
internal static class SignatureJson
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Indented by two spaces, but with one line for each item, which an indenting writer would spread over many.</summary>
    public static string Write(ModelSignature signature)
    {
        var text = new StringBuilder("{\n");
        Member("format", ModelFile.Version, ",");
        Member("model", signature.Model, ",");
        Lines("inputs", signature.Inputs, WriteValue);
        Lines("outputs", signature.Outputs, WriteValue);
        Lines("layers", signature.Layers, WriteLayer);
        Lines("tensors", signature.Tensors, WriteValue);
        Member("id", signature.Id, "");
        return text.Append("}\n").ToString();

        void Member(string name, string value, string separator) =>
            text.Append($"  \"{name}\": \"{JsonEncodedText.Encode(value, SafetensorsWriter.Json.Encoder)}\"{separator}\n");

        void Lines<T>(string name, IReadOnlyCollection<T> items, Action<Utf8JsonWriter, T> write)
        {
            var lines = items.Select(item => $"    {Encoding.UTF8.GetString(Compact(writer => write(writer, item)))}");
            text.Append($"  \"{name}\": [{(items.Count > 0 ? "\n" : "")}{string.Join(",\n", lines)}{(items.Count > 0 ? "\n  " : "")}],\n");
        }
    }

    /// <summary>The hash of the form without white space and without id.</summary>
    public static string Id(ModelSignature signature) => Convert.ToHexStringLower(SHA256.HashData(Compact(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("format", ModelFile.Version);
        writer.WriteString("model", signature.Model);
        WriteArray(writer, "inputs", signature.Inputs, WriteValue);
        WriteArray(writer, "outputs", signature.Outputs, WriteValue);
        WriteArray(writer, "layers", signature.Layers, WriteLayer);
        WriteArray(writer, "tensors", signature.Tensors, WriteValue);
        writer.WriteEndObject();
    })));

    public static ModelSignature Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            var fields = new JsonFields(document.RootElement, "The signature");
            var format = fields.String("format");
            if (format != ModelFile.Version)
                throw new InvalidModelException($"The signature has the format '{format}'; this version reads '{ModelFile.Version}'.");
            var signature = new ModelSignature(
                fields.String("model"),
                [.. fields.Array("inputs").Select(e => ReadValue(e, "An input"))],
                [.. fields.Array("outputs").Select(e => ReadValue(e, "An output"))],
                [.. fields.Array("layers").Select(ReadLayer)],
                [.. fields.Array("tensors").Select(e => ReadValue(e, "A tensor"))]);
            var id = fields.String("id");
            fields.End();
            return id == signature.Id
                ? signature
                : throw new InvalidModelException($"The signature has the id {id}, but its content has {signature.Id}: it was changed by hand.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or OverflowException)
        {
            throw new InvalidModelException($"The text is not a signature: {e.Message}", e);
        }
    }

    private static byte[] Compact(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, SafetensorsWriter.Json))
            write(writer);
        return stream.ToArray();
    }

    private static void WriteArray<T>(Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray(name);
        foreach (var item in items)
            write(writer, item);
        writer.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter writer, ValueSignature value)
    {
        writer.WriteStartObject();
        writer.WriteString("name", value.Name);
        writer.WriteString("type", ShapeCodec.Name(value.Type));
        ShapeCodec.Write(writer, "shape", value.Shape);
        writer.WriteEndObject();
    }

    private static void WriteLayer(Utf8JsonWriter writer, LayerSignature layer)
    {
        writer.WriteStartObject();
        writer.WriteString("name", layer.Name);
        writer.WriteString("operation", layer.Operation);
        writer.WriteEndObject();
    }

    private static ValueSignature ReadValue(JsonElement element, string where)
    {
        var fields = new JsonFields(element, where);
        var name = fields.String("name");
        var value = new ValueSignature(
            name, ShapeCodec.Type(fields.String("type"), where), new Shape(ShapeCodec.Read(ref fields, "shape", where)));
        fields.End();
        return value;
    }

    private static LayerSignature ReadLayer(JsonElement element)
    {
        var fields = new JsonFields(element, "A layer");
        var layer = new LayerSignature(fields.String("name"), fields.String("operation"));
        fields.End();
        return layer;
    }
}
