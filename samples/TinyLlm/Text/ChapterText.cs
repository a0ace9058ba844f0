using System.IO.Compression;
using System.Text;

/// <summary>
/// The chapters of the King James Bible, in their order: a verse on each line, without its number. The file has a line for each verse,
/// <c>Ge1:1 In the beginning …</c>, and is gzipped.
/// </summary>
internal static class ChapterText
{
    /// <exception cref="InvalidDataException">A line has no verse, or there is none; the message says where.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        using var file = File.OpenRead(path);
        using var content = new GZipStream(file, CompressionMode.Decompress);
        using var lines = new StreamReader(content, Encoding.UTF8);
        try
        {
            return Read(lines);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}' is not a usable text: {e.Message}", e);
        }
    }

    /// <inheritdoc cref="Read(string)"/>
    public static IReadOnlyList<string> Read(TextReader lines)
    {
        var chapters = new List<string>();
        var (chapter, name) = (new StringBuilder(), "");
        for (var number = 1; lines.ReadLine() is { } line; number++)
        {
            var (colon, space) = (line.IndexOf(':'), line.IndexOf(' '));
            if (colon <= 0 || space <= colon)
                throw new InvalidDataException($"line {number} does not begin with a verse such as 'Ge1:1'.");
            if (line[..colon] != name && chapter.Length > 0)
                Finish();
            name = line[..colon];
            chapter.Append(line.AsSpan(space + 1)).Append('\n');
        }

        if (chapter.Length == 0)
            throw new InvalidDataException("it has no verse.");
        Finish();
        return chapters;

        void Finish()
        {
            chapters.Add(chapter.ToString());
            chapter.Clear();
        }
    }
}
