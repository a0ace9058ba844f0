using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>
/// Writes a checkpoint file: 8 bytes that say what it is, the length of the header (int64, little-endian), the header (JSON:
/// the state of the run and the table of tensors), the tensors one after the other, and the SHA-256 of all that.
/// </summary>
internal static class CheckpointWriter
{
    /// <summary>The file appears complete or not at all.</summary>
    public static void Write(string path, RunState state, IReadOnlyList<(string Name, Tensor Tensor)> tensors) => WholeFile.Write(path, file =>
    {
        using var hash = SHA256.Create();
        using (var hashed = new CryptoStream(file, hash, CryptoStreamMode.Write, leaveOpen: true))
            WriteContent(hashed, state, tensors);
        file.Write(hash.Hash!);
    });

    private static void WriteContent(Stream stream, RunState state, IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(
            new CheckpointHeader(state, [.. tensors.Select(t => new CheckpointEntry(t.Name, t.Tensor.dtype, t.Tensor.shape))]),
            CheckpointHeader.Json);
        stream.Write(CheckpointHeader.Magic);
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var (_, tensor) in tensors)
            TensorBytes.Write(stream, tensor);
    }
}
