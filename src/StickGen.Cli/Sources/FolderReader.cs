namespace StickGen.Cli.Sources;

/// <summary>Reads a folder: the projects in it, and the files that belong to none as if they were one project.</summary>
internal static class FolderReader
{
    public static IReadOnlyList<SourceProject> Read(string folder, List<string> notes)
    {
        var projects = ProjectReader.ReadAll([.. SourceFiles.Under(folder, ".csproj")], notes);
        var owned = projects.SelectMany(project => project.Files).ToHashSet(StringComparer.Ordinal);
        var loose = SourceFiles.Under(folder, ".cs").Where(file => !owned.Contains(file)).ToArray();
        return loose.Length == 0 ? projects : [.. projects, new(folder, loose, SourceOptions.Default, [], [])];
    }
}
