namespace StickGen.Cli.Sources;

/// <summary>Finds files that people wrote: not those of <c>bin</c>, <c>obj</c> and hidden folders, and none that a tool generated.</summary>
internal static class SourceFiles
{
    /// <summary>The files of a folder and those below it, in order.</summary>
    public static IEnumerable<string> Under(string folder, string extension)
    {
        var options = new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (var file in Directory.EnumerateFiles(folder, "*" + extension, options).Order(StringComparer.Ordinal))
        {
            // On some systems the pattern *.cs finds .csproj too.
            if (file.EndsWith(extension, StringComparison.OrdinalIgnoreCase) && !IsGenerated(file))
                yield return file;
        }

        foreach (var inner in Directory.EnumerateDirectories(folder, "*", options).Order(StringComparer.Ordinal))
        {
            if (IsOutput(Path.GetFileName(inner)))
                continue;
            foreach (var file in Under(inner, extension))
                yield return file;
        }
    }

    private static bool IsOutput(string folder) =>
        folder.StartsWith('.') || folder.Equals("bin", StringComparison.OrdinalIgnoreCase) || folder.Equals("obj", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the name is one that tools give to what they write.</summary>
    public static bool IsGenerated(string file) =>
        file.EndsWith(".g.cs", StringComparison.OrdinalIgnoreCase)
        || file.EndsWith(".g.i.cs", StringComparison.OrdinalIgnoreCase)
        || file.EndsWith(".designer.cs", StringComparison.OrdinalIgnoreCase);
}
