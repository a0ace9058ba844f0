using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Reads tensors of a safetensors file one by one. What the header says is checked against the length of the file before anything is read.</summary>
internal sealed class SafetensorsReader : IDisposable
{
    private const long LongestHeader = 64 << 20;

    private static readonly Dictionary<string, ScalarType> types = SafetensorsFile.TypeNames.ToDictionary(pair => pair.Value, pair => pair.Key);

    private readonly string path;
    private readonly FileStream file;
    private readonly Dictionary<string, Entry> entries;
    private readonly long start;

    /// <exception cref="InvalidDataException">It is no such file; the message says why.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public SafetensorsReader(string path)
    {
        this.path = path;
        file = File.OpenRead(path);
        try
        {
            entries = ReadHeader();
            start = file.Position;
        }
        catch (Exception e)
        {
            file.Dispose();
            if (e is EndOfStreamException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
                throw new InvalidDataException($"'{path}' is not a usable safetensors file: {e.Message}", e);
            throw;
        }
    }

    /// <summary>The names of the tensors.</summary>
    public IReadOnlyCollection<string> Names => entries.Keys;

    /// <summary>Whether a tensor can be read over another: it has the same sizes, and the same type or another one of floating-point numbers.</summary>
    /// <exception cref="InvalidDataException">It cannot; the message says why.</exception>
    public void Check(string name, Tensor values)
    {
        if (!entries.TryGetValue(name, out var entry))
            throw new InvalidDataException($"'{path}' is of another network: it has no '{name}'.");
        var isOfType = types.TryGetValue(entry.Type, out var type) && (type == values.dtype || (IsFloat(type) && values.is_floating_point()));
        if (!isOfType || !entry.Shape.AsSpan().SequenceEqual(values.shape))
        {
            throw new InvalidDataException(
                $"'{path}': '{name}' is {entry.Type}[{string.Join(", ", entry.Shape)}]; that of this network is {SafetensorsFile.TypeNames[values.dtype]}[{string.Join(", ", values.shape)}].");
        }

        var length = file.Length - start;
        if (entry.Begin < 0 || entry.End > length || entry.End - entry.Begin != values.numel() * type.ElementSize())
            throw new InvalidDataException($"'{path}': '{name}' cannot be at the bytes {entry.Begin} to {entry.End} of {length}.");
    }

    /// <summary>Copies the values of a tensor over those of another.</summary>
    /// <exception cref="InvalidDataException">It does not fit.</exception>
    public void Read(string name, Tensor values)
    {
        Check(name, values);
        var entry = entries[name];
        using var noGradient = no_grad();
        using var read = empty(entry.Shape, types[entry.Type]);
        var bytes = new byte[entry.End - entry.Begin];
        file.Position = start + entry.Begin;
        file.ReadExactly(bytes);
        read.bytes = bytes;
        values.copy_(read);
    }

    public void Dispose() => file.Dispose();

    private static bool IsFloat(ScalarType type) => type is ScalarType.Float32 or ScalarType.Float64 or ScalarType.Float16 or ScalarType.BFloat16;

    private Dictionary<string, Entry> ReadHeader()
    {
        var length = new byte[sizeof(long)];
        file.ReadExactly(length);
        var count = BinaryPrimitives.ReadInt64LittleEndian(length);
        if (count is < 2 or > LongestHeader || count > file.Length - file.Position)
            throw new FormatException($"its header cannot be {count} bytes long.");
        var json = new byte[count];
        file.ReadExactly(json);
        return (JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json) ?? throw new FormatException("its header is null."))
            .Where(pair => pair.Key != "__metadata__")
            .ToDictionary(pair => pair.Key, pair => Entry.Read(pair.Value));
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

        private static long[] Numbers(JsonElement json) => [.. json.EnumerateArray().Select(number => number.GetInt64())];
    }
}
