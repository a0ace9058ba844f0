namespace StickGen.Cli.Sources;

/// <summary>All that a path stands for.</summary>
/// <param name="Root">The folder that paths are shown relative to.</param>
/// <param name="Projects">The projects; one comes after those it refers to, but for cycles.</param>
/// <param name="Notes">What could not be read, for the user to know.</param>
internal sealed record SourceInputs(string Root, IReadOnlyList<SourceProject> Projects, IReadOnlyList<string> Notes)
{
    /// <summary>Reads a folder, a project, a solution or a file.</summary>
    /// <exception cref="InputException">There is no such file, or it is none of these.</exception>
    public static SourceInputs Read(string path)
    {
        var full = Path.GetFullPath(path);
        var notes = new List<string>();
        if (Directory.Exists(full))
            return Of(full, FolderReader.Read(full, notes), notes);
        if (!File.Exists(full))
            throw new InputException($"there is no file or folder '{path}'");

        var root = Path.GetDirectoryName(full)!;
        switch (Path.GetExtension(full).ToLowerInvariant())
        {
            case ".cs":
                return Of(root, [new(full, [full], SourceOptions.Default, [], [])], notes);
            case ".csproj":
                return Of(root, ProjectReader.ReadAll([full], notes), notes);
            case ".sln" or ".slnx":
                return Of(root, ProjectReader.ReadAll(SolutionReader.Projects(full), notes), notes);
            default:
                throw new InputException($"'{path}' is not a folder, a project (.csproj), a solution (.sln, .slnx) or a C# file (.cs)");
        }
    }

    private static SourceInputs Of(string root, IReadOnlyList<SourceProject> projects, List<string> notes) =>
        new(root, ProjectOrder.Sort(projects, notes), notes);
}
