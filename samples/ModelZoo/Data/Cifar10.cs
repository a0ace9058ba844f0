/// <summary>
/// CIFAR-10 (Krizhevsky, "Learning multiple layers of features from tiny images", 2009) in its binary version: for each image its
/// class, then 32 × 32 bytes of red, of green and of blue.
/// </summary>
internal static class Cifar10
{
    private const int Channels = 3, Side = 32, RecordBytes = 1 + (Channels * Side * Side);

    public static ImageSet Training(string folder) => Read(folder, Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin"));

    public static ImageSet Test(string folder) => Read(folder, ["test_batch.bin"]);

    private static ImageSet Read(string folder, IEnumerable<string> names)
    {
        var records = names.SelectMany(name => ReadRecords(Path.Combine(folder, name))).ToList();
        var pixels = new float[records.Count * (RecordBytes - 1)];
        for (var i = 0; i < records.Count; i++)
        {
            var target = pixels.AsSpan(i * (RecordBytes - 1));
            for (var j = 1; j < RecordBytes; j++)
                target[j - 1] = records[i][j] / 255f;
        }

        return new(Channels, Side, pixels, [.. records.Select(record => record[0])]);
    }

    private static IEnumerable<byte[]> ReadRecords(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"there is no '{Path.GetFullPath(path)}'.");
        var content = File.ReadAllBytes(path);
        if (content.Length == 0 || content.Length % RecordBytes != 0)
            throw new InvalidDataException($"'{path}' has {content.Length} bytes, which is not a number of records of {RecordBytes}.");
        var records = content.Chunk(RecordBytes).ToArray();
        return records.Max(record => record[0]) is var largest and > 9
            ? throw new InvalidDataException($"'{path}' has a label {largest}; classes from 0 to 9 are expected.")
            : records;
    }
}
