using System.Runtime.InteropServices;

/// <summary>Sizes of program folders.</summary>
internal static class Folder
{
    /// <summary>Creates a folder if need be.</summary>
    /// <returns>The full path.</returns>
    /// <exception cref="IOException">It cannot be created; the message says why.</exception>
    public static string Create(string path)
    {
        path = Path.GetFullPath(path);
        if (File.Exists(path))
            throw new IOException($"'{path}' is a file; a folder is expected.");
        try
        {
            return Directory.CreateDirectory(path).FullName;
        }
        catch (IOException e)
        {
            throw new IOException($"the folder '{path}' cannot be created: {e.Message}", e);
        }
    }

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
