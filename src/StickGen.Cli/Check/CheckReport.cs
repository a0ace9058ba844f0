namespace StickGen.Cli.Check;

/// <summary>The result of a whole run.</summary>
/// <param name="Root">The folder that paths are shown relative to.</param>
/// <param name="Classes">The classes, by file and line.</param>
/// <param name="Notes">What could not be read.</param>
internal sealed record CheckReport(string Root, IReadOnlyList<ClassResult> Classes, IReadOnlyList<string> Notes)
{
    /// <summary>A path as people and other tools read it: relative to the root, with slashes.</summary>
    public string Show(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');
}
