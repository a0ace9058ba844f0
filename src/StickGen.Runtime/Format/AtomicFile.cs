namespace StickGen.Format;

/// <summary>
/// A file that appears complete or not at all: written beside its place under another name, flushed to disk, renamed.
/// </summary>
internal sealed class AtomicFile : IDisposable
{
    private readonly string path;
    private readonly string temporary;

    private AtomicFile(string path, string temporary) => (this.path, this.temporary) = (path, temporary);

    /// <summary>Writes the content, not yet under its name.</summary>
    public static AtomicFile Prepare(string path, Action<Stream> write)
    {
        path = Path.GetFullPath(path);
        var file = new AtomicFile(path, $"{path}.{Guid.NewGuid():N}.tmp");
        try
        {
            using var stream = new FileStream(file.temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            write(stream);
            stream.Flush(flushToDisk: true);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        return file;
    }

    /// <summary>Gives the content its name, in place of what has it now.</summary>
    public void Commit() => File.Move(temporary, path, overwrite: true);

    /// <summary>Removes what was not committed.</summary>
    public void Dispose() => File.Delete(temporary);
}
