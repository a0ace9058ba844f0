/// <summary>Sizes of folders.</summary>
internal static class Folder
{
    /// <summary>The sum of all files, in bytes.</summary>
    public static long Bytes(string path) =>
        new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
}
