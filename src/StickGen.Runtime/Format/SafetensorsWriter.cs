using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using StickGen.Graphs;

namespace StickGen.Format;

/// <summary>Writes a safetensors file.</summary>
internal static class SafetensorsWriter
{
    /// <summary>The start of the data is a multiple of this; wider elements come first, so each tensor is aligned too.</summary>
    private const int Alignment = 64;

    /// <summary>Names and text are kept readable; nothing here is ever put into HTML.</summary>
    public static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, string>> metadata, IReadOnlyList<StoredTensor> tensors)
    {
        var ordered = tensors.OrderByDescending(t => t.Type.Size()).ToList();
        var header = Header(metadata, ordered);
        if (header.Length > SafetensorsReader.MaxHeaderBytes - Alignment)
            throw new InvalidOperationException(
                $"The header takes {header.Length} bytes; at most {SafetensorsReader.MaxHeaderBytes - Alignment} are supported.");
        var padding = (Alignment - ((sizeof(ulong) + (int)header.Length) % Alignment)) % Alignment;

        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)(header.Length + padding));
        stream.Write(length);
        header.Position = 0;
        header.CopyTo(stream);
        for (var i = 0; i < padding; i++)
            stream.WriteByte((byte)' ');
        foreach (var tensor in ordered)
            stream.Write(tensor.Data.Span);
    }

    private static MemoryStream Header(IEnumerable<KeyValuePair<string, string>> metadata, List<StoredTensor> tensors)
    {
        var stream = new MemoryStream();
        using var writer = new Utf8JsonWriter(stream, Json);
        writer.WriteStartObject();
        writer.WriteStartObject("__metadata__");
        foreach (var (key, value) in metadata)
            writer.WriteString(key, value);
        writer.WriteEndObject();
        long position = 0;
        foreach (var tensor in tensors)
        {
            writer.WriteStartObject(tensor.Name);
            writer.WriteString("dtype", TensorType.Name(tensor.Type));
            ShapeCodec.Write(writer, "shape", tensor.Shape);
            writer.WriteStartArray("data_offsets");
            writer.WriteNumberValue(position);
            writer.WriteNumberValue(position += tensor.Data.Length);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.Flush();
        return stream;
    }
}
