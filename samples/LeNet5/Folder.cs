using System.Runtime.InteropServices;

/// <summary>Sizes of program folders.</summary>
internal static class Folder
{
    /// <summary>The sum of all files in bytes, without the native libraries of other platforms.</summary>
    public static long Bytes(string path)
    {
        var natives = Path.Combine(path, "runtimes");
        var ours = Path.Combine(natives, RuntimeInformation.RuntimeIdentifier);
        return Files(path).Where(file => !IsIn(natives, file) || IsIn(ours, file)).Sum(file => file.Length);
    }

    private static IEnumerable<FileInfo> Files(string path) => new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories);

    private static bool IsIn(string folder, FileInfo file) => file.FullName.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
