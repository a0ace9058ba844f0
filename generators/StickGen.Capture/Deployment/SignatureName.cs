namespace StickGen.Capture.Deployment;

/// <summary>The name by which a <c>[DeployedModel]</c> attribute asks for its signature file.</summary>
internal static class SignatureName
{
    /// <summary>
    /// Whether <paramref name="name"/> is the file name or, from a folder on, the end of <paramref name="path"/>. Both
    /// kinds of slash are the same, so that a project builds on Windows and elsewhere.
    /// </summary>
    public static bool Matches(string name, string path)
    {
        name = Normalize(name);
        path = Normalize(path);
        return name.Length > 0
            && path.EndsWith(name, StringComparison.Ordinal)
            && (path.Length == name.Length || name[0] == '/' || path[path.Length - name.Length - 1] == '/');
    }

    /// <summary>The shortest end of a path that fits no other path, with <c>/</c> between folders.</summary>
    public static string Shortest(string path, IReadOnlyCollection<string> allPaths)
    {
        var parts = Normalize(path).Split('/');
        var name = parts[parts.Length - 1];
        for (var i = parts.Length - 2; i >= 0 && allPaths.Count(other => Matches(name, other)) > 1; i--)
            name = parts[i] + "/" + name;
        return name;
    }

    private static string Normalize(string path)
    {
        path = path.Replace('\\', '/');
        return path.StartsWith("./", StringComparison.Ordinal) ? path.Substring(2) : path;
    }
}
