using System.Buffers.Binary;
using System.Text.Json;
using StickGen.Deployment;
using StickGen.Graphs;

namespace StickGen.Format;

/// <summary>
/// Reads a safetensors file: the length of the header (8 bytes), the header (a JSON object), the data. Everything is
/// checked against the size of the file before it is used, and nothing is copied.
/// </summary>
internal static class SafetensorsReader
{
    /// <summary>Tens of thousands of nodes; it bounds what parsing can allocate.</summary>
    public const int MaxHeaderBytes = 8 << 20;

    private const int LengthBytes = 8;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    public static (IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<StoredTensor> Tensors) Read(ReadOnlyMemory<byte> file)
    {
        if (file.Length < LengthBytes)
            throw new InvalidModelException($"The file has {file.Length} bytes; a safetensors file has at least {LengthBytes}.");
        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(file.Span);
        if (file.Span[0] == '{' && headerBytes > (ulong)(file.Length - LengthBytes))
            throw new InvalidModelException("It begins as JSON text does; the model is the file whose name ends with .safetensors beside a signature.");
        if (headerBytes > (ulong)(file.Length - LengthBytes))
            throw new InvalidModelException(
                $"The file is not a safetensors file, or was cut off: its header would have {headerBytes} bytes, and {file.Length - LengthBytes} follow.");
        if (headerBytes > MaxHeaderBytes)
            throw new InvalidModelException($"The header has {headerBytes} bytes; at most {MaxHeaderBytes} are supported.");

        var header = file.Slice(LengthBytes, (int)headerBytes);
        var data = file[(LengthBytes + (int)headerBytes)..];
        using var document = JsonDocument.Parse(header, Strict);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new InvalidModelException("The header is not a JSON object.");

        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var tensors = new List<(int Begin, StoredTensor Tensor)>();
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (member.Name == "__metadata__")
                ReadMetadata(member.Value, metadata);
            else
                tensors.Add(ReadTensor(member.Name, member.Value, data));
        }

        CheckCover(tensors, data.Length);
        return (metadata, tensors.ConvertAll(t => t.Tensor));
    }

    private static void ReadMetadata(JsonElement element, Dictionary<string, string> metadata)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new InvalidModelException("The metadata is not a JSON object.");
        foreach (var member in element.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.String)
                throw new InvalidModelException($"The metadata '{member.Name}' is not a string.");
            metadata.Add(member.Name, member.Value.GetString()!);
        }
    }

    private static (int Begin, StoredTensor Tensor) ReadTensor(string name, JsonElement element, ReadOnlyMemory<byte> data)
    {
        var where = $"The tensor '{name}'";
        var fields = new JsonFields(element, where);
        var type = TensorType.Parse(fields.String("dtype"), name);
        var dimensions = ShapeCodec.Read(ref fields, "shape", where);
        var (begin, end) = fields.Pair("data_offsets", 0, int.MaxValue);
        fields.End();

        if (begin > end || end > data.Length)
            throw new InvalidModelException($"{where} is at [{begin}, {end}), outside of the {data.Length} bytes of data.");
        long bytes = type.Size();
        foreach (var dimension in dimensions)
        {
            if (!dimension.IsFixed)
                throw new InvalidModelException($"{where} has a shape whose sizes are not all numbers.");
            // Both factors are below 2³¹ here, and the product is compared before the next one.
            bytes *= dimension.Size;
            if (bytes > data.Length)
                break;
        }

        if (bytes != end - begin)
            throw new InvalidModelException($"{where} has a shape of {new Shape(dimensions)}, which does not take {end - begin} bytes.");
        if (begin % type.Size() != 0)
            throw new InvalidModelException($"{where} is not aligned: it begins at {begin}.");
        return (begin, new(name, type, new Shape(dimensions), data[begin..end]));
    }

    /// <summary>As the format demands: the tensors fill the data without holes and without overlap.</summary>
    private static void CheckCover(List<(int Begin, StoredTensor Tensor)> tensors, int dataLength)
    {
        var position = 0;
        foreach (var (begin, tensor) in tensors.OrderBy(t => t.Begin))
        {
            if (begin != position)
                throw new InvalidModelException($"The tensor '{tensor.Name}' begins at {begin}; the one before it ends at {position}.");
            position += tensor.Data.Length;
        }

        if (position != dataLength)
            throw new InvalidModelException($"The tensors take {position} bytes, and the file has {dataLength} bytes of data.");
    }
}
