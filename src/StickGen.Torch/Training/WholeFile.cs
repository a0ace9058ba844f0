namespace StickGen.Training;

/// <summary>Files that appear complete or not at all.</summary>
internal static class WholeFile
{
    private const int BufferBytes = 1 << 16;

    /// <summary>
    /// Writes a file beside its place, flushes it to the disk and renames it. The name beside is always the same, so that a process that is killed
    /// on the way leaves one file at most, which the next one overwrites.
    /// </summary>
    /// <param name="path">The file. Its folder is created if need be.</param>
    /// <param name="write">Writes the content. What it throws leaves the file as it was.</param>
    public static void Write(string path, Action<Stream> write)
    {
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var unfinished = Unfinished(path);
        using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes))
        {
            write(file);
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>Writes text in UTF-8.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void Write(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Fails before there is anything to save if, after it, it could not be saved.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be written.</exception>
    public static void CheckWritable(string path)
    {
        path = Path.GetFullPath(path);
        if (Directory.Exists(path))
            throw new IOException($"nothing can be written to '{path}', which is a folder.");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var unfinished = Unfinished(path);
        new FileStream(unfinished, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None).Dispose();
        File.Delete(unfinished);
    }

    private static string Unfinished(string path) => path + ".tmp";
}
