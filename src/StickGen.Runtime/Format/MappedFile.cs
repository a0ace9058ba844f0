using System.Buffers;
using System.IO.MemoryMappedFiles;
using StickGen.Deployment;

namespace StickGen.Format;

/// <summary>
/// A file as memory. Pages are read when they are touched, and shared by all processes that map the file. After
/// <see cref="IDisposable.Dispose"/> every access fails instead of reading unmapped memory.
/// </summary>
internal sealed unsafe class MappedFile : MemoryManager<byte>
{
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly int length;
    private byte* pointer;

    private MappedFile(MemoryMappedFile file, MemoryMappedViewAccessor view, int length)
    {
        (this.file, this.view, this.length) = (file, view, length);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        pointer = start + view.PointerOffset;
    }

    /// <summary>Maps a file for reading.</summary>
    /// <exception cref="InvalidModelException">The file is empty or larger than 2 GB.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static MappedFile Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 1);
        MemoryMappedFile? file = null;
        try
        {
            if (!stream.CanSeek)
                throw new InvalidModelException("It is not an ordinary file.");
            var length = stream.Length;
            if (length == 0)
                throw new InvalidModelException("The file is empty.");
            if (length > int.MaxValue)
                throw new InvalidModelException($"The file has {length} bytes; at most {int.MaxValue} are supported.");
            file = MemoryMappedFile.CreateFromFile(
                stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            return new(file, file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read), (int)length);
        }
        catch
        {
            file?.Dispose();
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(pointer is null, typeof(QuantizedModel));
        return new(pointer, length);
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(pointer is null, typeof(QuantizedModel));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)length, nameof(elementIndex));
        // The handle counts, and keeps the file mapped until it is released, also if the model is disposed before.
        var held = false;
        view.SafeMemoryMappedViewHandle.DangerousAddRef(ref held);
        return new(pointer + elementIndex, pinnable: this);
    }

    /// <inheritdoc/>
    public override void Unpin() => view.SafeMemoryMappedViewHandle.DangerousRelease();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing || pointer is null)
            return;
        pointer = null;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }
}
