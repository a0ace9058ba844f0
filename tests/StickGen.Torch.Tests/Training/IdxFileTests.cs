using System.IO.Compression;

namespace StickGen.Torch.Tests.Training;

/// <summary>The reader of the LeNet-5 samples.</summary>
public sealed class IdxFileTests : IDisposable
{
    private static readonly byte[] Two2x3 = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_plain_file_is_read()
    {
        var idx = IdxFile.Read(Write(Two2x3), 3);
        Assert.Equal([2, 2, 3], idx.Shape);
        Assert.Equal(Enumerable.Range(1, 12), idx.Values.Select(value => (int)value));
    }

    [Fact]
    public void A_gzipped_file_is_read()
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(Two2x3);
        Assert.Equal(12, IdxFile.Read(Write(compressed.ToArray()), 3).Values.Length);

        var e = Assert.Throws<InvalidDataException>(() => IdxFile.Read(Write(compressed.ToArray()[..15]), 3));
        Assert.Contains("is not a usable idx file", e.Message);
    }

    [Theory]
    [InlineData("", "does not begin with an idx magic number")]
    [InlineData("0000", "does not begin with an idx magic number")]
    [InlineData("89504e470d0a1a0a", "does not begin with an idx magic number")]
    [InlineData("00000d03", "its element type is 0x0d; only bytes (0x08) are expected")]
    [InlineData("0000080100000002", "it has 1 dimensions; 3 are expected")]
    [InlineData("00000803000000020000", "it ends within its header")]
    [InlineData("00000803000000020000000200000000", "its dimension 2 is 0")]
    [InlineData("0000080300000002ffffffff00000003", "its dimension 1 is -1")]
    [InlineData("000008037fffffff7fffffff7fffffff", "are too large")]
    [InlineData("00000803000000020000000200000003", "it ends after 0 of 12 values")]
    [InlineData("000008030000000200000002000000030102030405060708090a0b", "it ends after 11 of 12 values")]
    [InlineData("000008030000000200000002000000030102030405060708090a0b0c0d", "it goes on after its 12 values")]
    public void Other_files_are_refused_with_the_reason(string hexadecimal, string reason)
    {
        var path = Write(Convert.FromHexString(hexadecimal));
        var e = Assert.Throws<InvalidDataException>(() => IdxFile.Read(path, 3));
        Assert.Contains(path, e.Message);
        Assert.Contains(reason, e.Message);
    }

    [Fact]
    public void A_header_cannot_ask_for_more_memory_than_the_file_has()
    {
        var path = Write([0, 0, 8, 1, 0x7f, 0, 0, 0, 1, 2, 3]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("it ends after 3 of", Assert.Throws<InvalidDataException>(() => IdxFile.Read(path, 1)).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    private string Write(byte[] content)
    {
        var path = folder.File("file");
        File.WriteAllBytes(path, content);
        return path;
    }
}
