using System.Buffers.Binary;
using System.Text.Json;
using StickGen.Compression;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// Named tensors and texts as a safetensors file: the length of a JSON header, the header, the values. What is read is checked against the
/// length of the file before anything is allocated.
/// </summary>
internal sealed class TensorFile : IDisposable
{
    private const int LongestHeader = 64 << 20, BufferBytes = 1 << 16;

    private static readonly Dictionary<ScalarType, string> Types = new()
    {
        [ScalarType.Float32] = "F32", [ScalarType.Float64] = "F64", [ScalarType.Float16] = "F16", [ScalarType.BFloat16] = "BF16",
        [ScalarType.Int64] = "I64", [ScalarType.Int32] = "I32", [ScalarType.Int16] = "I16", [ScalarType.Int8] = "I8", [ScalarType.Byte] = "U8",
        [ScalarType.Bool] = "BOOL",
    };

    private readonly string path;
    private readonly FileStream file;
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> texts = new(StringComparer.Ordinal);
    private readonly long start;

    /// <exception cref="CompressionException">It is no such file, or damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public TensorFile(string path)
    {
        this.path = path;
        file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
        try
        {
            using var header = ReadHeader();
            start = file.Position;
            foreach (var member in header.RootElement.EnumerateObject())
                Add(member);
            CheckCover();
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException and not CompressionException or FormatException or KeyNotFoundException or EndOfStreamException)
        {
            // InvalidOperationException where an element of the header is of another kind, or a text has half of a surrogate pair.
            file.Dispose();
            throw Bad($"its header cannot be read: {e.Message}");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The names of the tensors.</summary>
    public IReadOnlyCollection<string> Names => entries.Keys;

    /// <summary>A text, or <see langword="null"/>.</summary>
    public string? Text(string key) => texts.GetValueOrDefault(key);

    /// <summary>Why a tensor cannot be read into another, or <see langword="null"/>.</summary>
    public string? Difference(string name, Tensor target) =>
        !entries.TryGetValue(name, out var entry) ? $"'{name}' is missing"
        : entry.Type != target.dtype || !entry.Shape.AsSpan().SequenceEqual(target.shape)
            ? $"'{name}' is {entry.Type}[{string.Join(", ", entry.Shape)}] instead of {target.dtype}[{string.Join(", ", target.shape)}]"
            : null;

    /// <summary>Copies the values of a tensor over those of another of its type and shape.</summary>
    public void Read(string name, Tensor target)
    {
        file.Position = start + entries[name].Begin;
        TensorBytes.Read(file, target);
    }

    /// <summary>Writes a file, which is replaced as a whole or not at all.</summary>
    public static void Write(string path, IReadOnlyDictionary<string, string> texts, IReadOnlyDictionary<string, Tensor> tensors)
    {
        WholeFile.Write(path, stream =>
        {
            WriteHeader(stream, texts, tensors);
            foreach (var tensor in tensors.Values)
                TensorBytes.Write(stream, tensor);
        });
    }

    public void Dispose() => file.Dispose();

    private static void WriteHeader(Stream stream, IReadOnlyDictionary<string, string> texts, IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("__metadata__");
            foreach (var (key, text) in texts)
                writer.WriteString(key, text);
            writer.WriteEndObject();
            var position = 0L;
            foreach (var (name, tensor) in tensors)
            {
                if (!Types.TryGetValue(tensor.dtype, out var type))
                    throw new CompressionException($"'{name}' is of type {tensor.dtype}, which is not saved.");
                writer.WriteStartObject(name);
                writer.WriteString("dtype", type);
                writer.WriteStartArray("shape");
                foreach (var size in tensor.shape)
                    writer.WriteNumberValue(size);
                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(position);
                writer.WriteNumberValue(position += TensorBytes.Count(tensor.dtype, tensor.shape)!.Value);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        // Spaces are allowed at the end: values begin at a multiple of 64.
        var padding = (64 - ((sizeof(ulong) + (int)buffer.Length) % 64)) % 64;
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteInt64LittleEndian(length, buffer.Length + padding);
        stream.Write(length);
        buffer.WriteTo(stream);
        for (var i = 0; i < padding; i++)
            stream.WriteByte((byte)' ');
    }

    private JsonDocument ReadHeader()
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        if (file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw Bad($"it has {file.Length} bytes; a safetensors file has at least {sizeof(long)}");
        var length = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        if (length < 0 || length > LongestHeader || length > file.Length - file.Position)
            throw Bad("it is no safetensors file, or was cut off");
        var header = new byte[length];
        file.ReadExactly(header);
        return JsonDocument.Parse(header, new() { AllowDuplicateProperties = false, MaxDepth = 8 });
    }

    private void Add(JsonProperty member)
    {
        if (member.Name == "__metadata__")
        {
            foreach (var text in member.Value.EnumerateObject())
                texts.Add(text.Name, text.Value.GetString() ?? throw Bad($"its text '{text.Name}' is null"));
            return;
        }

        var name = member.Value.GetProperty("dtype").GetString();
        var type = Types.FirstOrDefault(t => t.Value == name);
        if (type.Value is null)
            throw Bad($"its tensor '{member.Name}' has the type '{name}', which is not known");
        var shape = member.Value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()).ToArray();
        var offsets = member.Value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt64()).ToArray();
        if (TensorBytes.Count(type.Key, shape) is not { } bytes)
            throw Bad($"its tensor '{member.Name}' cannot have the shape [{string.Join(", ", shape)}]");
        if (offsets is not [var begin, var end] || begin < 0 || end < begin || end > file.Length - start || end - begin != bytes)
            throw Bad($"its tensor '{member.Name}' is at [{string.Join(", ", offsets)}), which does not fit its shape or the file");
        entries.Add(member.Name, new(type.Key, shape, begin, end));
    }

    /// <summary>As the format demands: the tensors fill the data without holes and without overlap.</summary>
    private void CheckCover()
    {
        var position = 0L;
        foreach (var (name, entry) in entries.OrderBy(e => e.Value.Begin).ThenBy(e => e.Value.End))
        {
            if (entry.Begin != position)
                throw Bad($"its tensor '{name}' begins at {entry.Begin}, and the one before it ends at {position}");
            position = entry.End;
        }

        if (position != file.Length - start)
            throw Bad($"its tensors take {position} bytes, and {file.Length - start} are there");
    }

    private CompressionException Bad(string reason) => new($"'{path}' cannot be used: {reason}.");

    private sealed record Entry(ScalarType Type, long[] Shape, long Begin, long End);
}
