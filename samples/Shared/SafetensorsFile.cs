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
    /// <summary>How the element types are named.</summary>
    public static IReadOnlyDictionary<ScalarType, string> TypeNames { get; } = new Dictionary<ScalarType, string>
    {
        [ScalarType.Float32] = "F32", [ScalarType.Float64] = "F64", [ScalarType.Float16] = "F16", [ScalarType.BFloat16] = "BF16",
        [ScalarType.Int64] = "I64", [ScalarType.Int32] = "I32", [ScalarType.Bool] = "BOOL",
    };

    /// <summary>Writes all parameters and buffers. The file appears complete or not at all.</summary>
    public static void Save(nn.Module model, string path) => Save(model.state_dict(), path);

    /// <summary>Writes tensors by their names. The file appears complete or not at all.</summary>
    /// <param name="tensors">The tensors.</param>
    /// <param name="path">The file.</param>
    /// <param name="metadata">Texts to keep beside them.</param>
    public static void Save(IReadOnlyDictionary<string, Tensor> tensors, string path, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var header = new Dictionary<string, object>();
        if (metadata is not null)
            header["__metadata__"] = metadata;
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
        using var file = new SafetensorsReader(path);
        var tensors = model.state_dict();
        if (file.Names.Except(tensors.Keys).FirstOrDefault() is { } unknown)
            throw new InvalidDataException($"'{path}' is of another network: this one has no '{unknown}'.");
        foreach (var (name, values) in tensors)
            file.Check(name, values);
        foreach (var (name, values) in tensors)
            file.Read(name, values);
    }
}
