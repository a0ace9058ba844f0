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
    private const int BufferBytes = 1 << 16;

    /// <summary>The file appears complete or not at all: it is written beside its place, flushed to the disk and renamed.</summary>
    public static void Write(string path, RunState state, IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        path = System.IO.Path.GetFullPath(path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        var unfinished = path + ".tmp";
        using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes))
        {
            using var hash = SHA256.Create();
            using (var hashed = new CryptoStream(file, hash, CryptoStreamMode.Write, leaveOpen: true))
                WriteContent(hashed, state, tensors);
            file.Write(hash.Hash!);
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>Fails before anything is learned if, after it, nothing could be saved.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be written.</exception>
    public static void CheckWritable(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        if (Directory.Exists(path))
            throw new IOException($"the checkpoint cannot be written to '{path}', which is a folder.");
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        var unfinished = path + ".tmp";
        new FileStream(unfinished, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None).Dispose();
        File.Delete(unfinished);
    }

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
            WriteTensor(stream, tensor);
    }

    private static void WriteTensor(Stream stream, Tensor tensor)
    {
        if (tensor.numel() == 0)
            return;
        using var scope = NewDisposeScope();
        tensor.detach().cpu().contiguous().WriteBytesToStream(stream, BufferBytes);
    }
}
