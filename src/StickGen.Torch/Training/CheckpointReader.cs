using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>An open checkpoint file whose content is known to be what was written.</summary>
internal sealed class CheckpointReader : IDisposable
{
    private const int BufferBytes = 1 << 16, LengthBytes = sizeof(long);

    private readonly FileStream file;
    private readonly Dictionary<string, (CheckpointEntry Entry, long Position)> entries = new(StringComparer.Ordinal);

    /// <exception cref="CheckpointException">It is no checkpoint, damaged, or of another version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public CheckpointReader(string path)
    {
        Path = path;
        file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
        try
        {
            State = ReadHeader();
            CheckHash();
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public string Path { get; }

    public RunState State { get; }

    public IEnumerable<CheckpointEntry> Entries => entries.Values.Select(e => e.Entry);

    public CheckpointEntry? Find(string name) => entries.TryGetValue(name, out var found) ? found.Entry : null;

    /// <summary>Copies values over those of a tensor of the same type and shape.</summary>
    public void Read(string name, Tensor destination)
    {
        file.Position = entries[name].Position;
        TensorBytes.Read(file, destination);
    }

    /// <summary>A one-dimensional byte tensor.</summary>
    public byte[] ReadBytes(string name)
    {
        var (entry, position) = entries[name];
        var bytes = new byte[entry.ByteCount()!.Value];
        file.Position = position;
        file.ReadExactly(bytes);
        return bytes;
    }

    public void Dispose() => file.Dispose();

    private RunState ReadHeader()
    {
        var magic = CheckpointHeader.Magic;
        Span<byte> start = stackalloc byte[magic.Length + LengthBytes];
        var read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        var name = start[..magic.Length];
        if (read < magic.Length || !name[..^1].SequenceEqual(magic[..^1]))
            throw Unusable("it is not a checkpoint of StickGen's trainer.");
        if (name[^1] != magic[^1])
            throw Unusable($"it has format version '{(char)name[^1]}'; this version of StickGen reads '{(char)magic[^1]}'.");
        if (read < start.Length)
            throw Truncated();

        var length = BinaryPrimitives.ReadInt64LittleEndian(start[magic.Length..]);
        if (length < 0 || length > Array.MaxLength || length > file.Length - start.Length - SHA256.HashSizeInBytes)
            throw Truncated();
        var bytes = new byte[length];
        file.ReadExactly(bytes);
        return ReadTable(Parse(bytes));
    }

    private CheckpointHeader Parse(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize<CheckpointHeader>(json, CheckpointHeader.Json) ?? throw Unusable("its header is null.");
        }
        catch (JsonException e)
        {
            throw Unusable($"it is damaged; its header cannot be read: {e.Message}", e);
        }
    }

    private RunState ReadTable(CheckpointHeader header)
    {
        var position = file.Position;
        var limit = file.Length - SHA256.HashSizeInBytes;
        foreach (var entry in header.Tensors)
        {
            if (entry.ByteCount() is not { } bytes || !entries.TryAdd(entry.Name, (entry, position)))
                throw Unusable($"it is damaged; its tensor '{entry.Name}' ({entry}) cannot be right.");
            if (bytes > limit - position)
                throw Truncated();
            position += bytes;
        }

        return position == limit ? header.State : throw Unusable($"it is damaged; {limit - position} bytes follow its end.");
    }

    private void CheckHash()
    {
        file.Position = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        for (var left = file.Length - SHA256.HashSizeInBytes; left > 0;)
        {
            var count = file.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (count == 0)
                throw Truncated();
            hash.AppendData(buffer, 0, count);
            left -= count;
        }

        var written = new byte[SHA256.HashSizeInBytes];
        file.ReadExactly(written);
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(written))
            throw Unusable("it is damaged: its content does not have the checksum that was written.");
    }

    private CheckpointException Truncated() => Unusable($"it was cut off; only {file.Length} bytes are left.");

    private CheckpointException Unusable(string reason, Exception? inner = null) => new(Path, reason, inner);
}
