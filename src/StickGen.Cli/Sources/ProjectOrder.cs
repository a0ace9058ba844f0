namespace StickGen.Cli.Sources;

/// <summary>Puts projects after those they refer to.</summary>
internal static class ProjectOrder
{
    /// <summary>Sorts them; a reference that would close a cycle is left out, and noted.</summary>
    public static IReadOnlyList<SourceProject> Sort(IReadOnlyList<SourceProject> projects, List<string> notes)
    {
        var byPath = projects.ToDictionary(project => project.Path, StringComparer.Ordinal);
        var sorted = new List<SourceProject>();
        var state = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var project in projects)
            Visit(project);
        return sorted;

        void Visit(SourceProject project)
        {
            if (!state.TryAdd(project.Path, false))
                return;
            var references = new List<string>();
            foreach (var reference in project.ProjectReferences)
            {
                if (!byPath.TryGetValue(reference, out var referenced))
                    continue;
                Visit(referenced);
                if (state[reference])
                    references.Add(reference);
                else
                    notes.Add($"'{project.Name}' and '{referenced.Name}' refer to each other; '{project.Name}' is checked without that reference");
            }

            state[project.Path] = true;
            sorted.Add(project with { ProjectReferences = references });
        }
    }
}
