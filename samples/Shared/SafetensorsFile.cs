using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>
/// The parameters and buffers of a network as a safetensors file: the length of a JSON header, the header, the values. Float
/// networks are kept in the container that int8 models have too, so that their sizes can be compared.
/// </summary>
internal static class SafetensorsFile
{
    private const long LongestHeader = 1 << 20;

    private static readonly Dictionary<ScalarType, string> TypeNames = new()
    {
        [ScalarType.Float32] = "F32", [ScalarType.Float64] = "F64", [ScalarType.Int64] = "I64", [ScalarType.Int32] = "I32", [ScalarType.Bool] = "BOOL",
    };

    /// <summary>Writes all parameters and buffers. The file appears complete or not at all.</summary>
    public static void Save(nn.Module model, string path)
    {
        var tensors = model.state_dict();
        var header = new Dictionary<string, object>();
        var position = 0L;
        foreach (var (name, values) in tensors)
        {
            var end = position + (values.numel() * values.element_size());
            header[name] = new { dtype = TypeNames[values.dtype], values.shape, data_offsets = new[] { position, end } };
            position = end;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        var unfinished = path + ".new";
        using (var file = File.Create(unfinished))
        {
            file.Write(length);
            file.Write(json);
            foreach (var values in tensors.Values)
                file.Write(values.bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>Copies the values of a file over those of a network that has the same ones.</summary>
    /// <exception cref="InvalidDataException">It is no such file, or one of another network; the message says why.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static void Load(nn.Module model, string path)
    {
        using var file = File.OpenRead(path);
        var header = ReadHeader(file, path);
        var start = file.Position;
        var tensors = model.state_dict();
        if (header.Keys.Except(tensors.Keys).FirstOrDefault() is { } unknown)
            throw new InvalidDataException($"'{path}' is of another network: this one has no '{unknown}'.");
        foreach (var (name, values) in tensors)
        {
            if (!header.TryGetValue(name, out var entry))
                throw new InvalidDataException($"'{path}' is of another network: it has no '{name}'.");
            entry.Check(values, $"'{path}': '{name}'", file.Length - start);
        }

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, values) in tensors)
        {
            var bytes = new byte[values.numel() * values.element_size()];
            file.Position = start + header[name].Begin;
            file.ReadExactly(bytes);
            var read = empty(values.shape, values.dtype);
            read.bytes = bytes;
            values.copy_(read);
        }
    }

    private static Dictionary<string, Entry> ReadHeader(FileStream file, string path)
    {
        try
        {
            var length = new byte[sizeof(long)];
            file.ReadExactly(length);
            var count = BinaryPrimitives.ReadInt64LittleEndian(length);
            if (count is < 2 or > LongestHeader || count > file.Length - file.Position)
                throw new InvalidDataException($"'{path}' is not a usable safetensors file: its header cannot be {count} bytes long.");
            var json = new byte[count];
            file.ReadExactly(json);
            return JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!
                .Where(pair => pair.Key != "__metadata__")
                .ToDictionary(pair => pair.Key, pair => Entry.Read(pair.Value));
        }
        catch (Exception e) when (e is EndOfStreamException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"'{path}' is not a usable safetensors file: {e.Message}", e);
        }
    }

    private sealed record Entry(string Type, long[] Shape, long Begin, long End)
    {
        public static Entry Read(JsonElement json)
        {
            var offsets = Numbers(json.GetProperty("data_offsets"));
            return offsets is [var begin, var end]
                ? new(json.GetProperty("dtype").GetString() ?? "", Numbers(json.GetProperty("shape")), begin, end)
                : throw new FormatException($"there are {offsets.Length} data offsets instead of 2.");
        }

        public void Check(Tensor values, string what, long available)
        {
            var type = TypeNames[values.dtype];
            if (Type != type || !Shape.AsSpan().SequenceEqual(values.shape))
                throw new InvalidDataException($"{what} is {Type}[{string.Join(", ", Shape)}]; that of this network is {type}[{string.Join(", ", values.shape)}].");
            if (Begin < 0 || End > available || End - Begin != values.numel() * values.element_size())
                throw new InvalidDataException($"{what} cannot be at the bytes {Begin} to {End} of {available}.");
        }

        private static long[] Numbers(JsonElement json) => [.. json.EnumerateArray().Select(number => number.GetInt64())];
    }
}
