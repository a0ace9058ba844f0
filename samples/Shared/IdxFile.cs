using System.Buffers.Binary;
using System.IO.Compression;

/// <summary>
/// A file of the MNIST family (http://yann.lecun.com/exdb/mnist): a magic number that tells the element type and the number
/// of dimensions, the dimensions (int32, big-endian), then the elements. Only bytes occur in practice. It may be gzipped.
/// </summary>
internal sealed class IdxFile
{
    private const byte UnsignedByte = 0x08;

    private IdxFile(int[] shape, byte[] values)
    {
        Shape = shape;
        Values = values;
    }

    /// <summary>The sizes, such as [60000, 28, 28].</summary>
    public int[] Shape { get; }

    /// <summary>The elements, the last dimension first.</summary>
    public byte[] Values { get; }

    /// <summary>Reads a file and checks all of it.</summary>
    /// <param name="path">The file, gzipped or not.</param>
    /// <param name="dimensions">How many dimensions it has to have: 3 for images, 1 for labels.</param>
    /// <exception cref="InvalidDataException">It is not such a file; the message names it and says why.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IdxFile Read(string path, int dimensions)
    {
        using var file = File.OpenRead(path);
        try
        {
            using var content = IsGzip(file) ? new GZipStream(file, CompressionMode.Decompress) : (Stream)file;
            return Read(content, dimensions);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}' is not a usable idx file: {e.Message}", e);
        }
    }

    private static bool IsGzip(FileStream file)
    {
        var isGzip = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
        file.Position = 0;
        return isGzip;
    }

    private static IdxFile Read(Stream content, int dimensions)
    {
        var header = new byte[4 + (4 * dimensions)];
        var read = content.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (read < 4 || header[0] != 0 || header[1] != 0)
            throw new InvalidDataException("it does not begin with an idx magic number.");
        if (header[2] != UnsignedByte)
            throw new InvalidDataException($"its element type is 0x{header[2]:x2}; only bytes (0x08) are expected.");
        if (header[3] != dimensions)
            throw new InvalidDataException($"it has {header[3]} dimensions; {dimensions} are expected.");
        if (read < header.Length)
            throw new InvalidDataException("it ends within its header.");

        var shape = new int[dimensions];
        var count = 1L;
        for (var i = 0; i < dimensions; i++)
        {
            shape[i] = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 + (4 * i)));
            if (shape[i] <= 0)
                throw new InvalidDataException($"its dimension {i} is {shape[i]}.");
            count *= shape[i];
            if (count > Array.MaxLength)
                throw new InvalidDataException($"its sizes [{string.Join(", ", shape)}] are too large.");
        }

        return new(shape, ReadValues(content, (int)count));
    }

    // In pieces, so that a damaged header cannot ask for more memory than the file has content.
    private static byte[] ReadValues(Stream content, int count)
    {
        var values = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (values.Length < count)
        {
            var read = content.Read(buffer, 0, (int)Math.Min(buffer.Length, count - values.Length));
            if (read == 0)
                throw new InvalidDataException($"it ends after {values.Length} of {count} values.");
            values.Write(buffer, 0, read);
        }

        return content.ReadByte() < 0
            ? values.ToArray()
            : throw new InvalidDataException($"it goes on after its {count} values.");
    }
}
