using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Saves the float network in the container that the int8 model has too, so that their sizes can be compared.</summary>
internal static class Float32File
{
    /// <summary>Writes all parameters and buffers as a safetensors file: the length of a JSON header, the header, the values.</summary>
    public static void Save(nn.Module model, string path)
    {
        var tensors = model.state_dict();
        var header = new Dictionary<string, object>();
        var position = 0L;
        foreach (var (name, values) in tensors)
        {
            var end = position + (values.numel() * sizeof(float));
            header[name] = new { dtype = "F32", values.shape, data_offsets = new[] { position, end } };
            position = end;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        using var file = File.Create(path);
        file.Write(length);
        file.Write(json);
        foreach (var values in tensors.Values)
            file.Write(values.bytes);
    }
}
