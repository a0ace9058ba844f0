using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace StickGen.Cli.Sources;

/// <summary>
/// Reads what of a project file matters for the meaning of its code, without MSBuild: conditions are taken to hold, and of
/// properties only those of the project's own place are known. docs/stick-check.md lists what is read.
/// </summary>
internal sealed class ProjectReader
{
    private readonly string path;
    private readonly string folder;
    private readonly XElement project;
    private readonly IReadOnlyList<XElement> files;

    private ProjectReader(string path)
    {
        this.path = path;
        folder = Path.GetDirectoryName(path)!;
        project = XDocument.Load(path).Root!;
        files = [.. InheritedFiles("Directory.Build.props"), project];
    }

    /// <summary>Reads projects, and those they refer to. One that cannot be read is noted and left out.</summary>
    public static IReadOnlyList<SourceProject> ReadAll(IReadOnlyList<string> paths, List<string> notes)
    {
        var projects = new List<SourceProject>();
        var waiting = new Queue<string>(paths);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (waiting.TryDequeue(out var path))
        {
            if (!seen.Add(path))
                continue;
            try
            {
                var read = new ProjectReader(path).Read();
                projects.Add(read);
                foreach (var reference in read.ProjectReferences)
                    waiting.Enqueue(reference);
            }
            catch (Exception exception) when (exception is XmlException or IOException or UnauthorizedAccessException)
            {
                notes.Add($"the project '{path}' cannot be read: {exception.Message}");
            }
        }

        return projects;
    }

    private SourceProject Read() => new(
        path,
        [.. CompiledFiles()],
        new(Nullable(), Language(), [.. Symbols()], [.. GlobalUsings()]) { Friends = [.. Items("InternalsVisibleTo").SelectMany(item => Included(item, "Include")).Distinct(StringComparer.Ordinal)] },
        [.. Items("ProjectReference").SelectMany(item => Included(item, "Include")).Select(FullPath).Where(file => file.EndsWith(".csproj", StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.Ordinal)],
        [.. ReferencedAssemblies()]);

    private bool IsSdkStyle => project.Attribute("Sdk") is not null || project.Elements().Any(element => element.Name.LocalName == "Sdk" || (element.Name.LocalName == "Import" && element.Attribute("Sdk") is not null));

    private IEnumerable<string> CompiledFiles()
    {
        var selected = new List<string>();
        if (IsSdkStyle && !IsFalse("EnableDefaultItems") && !IsFalse("EnableDefaultCompileItems"))
            selected.AddRange(SourceFiles.Under(folder, ".cs"));
        foreach (var item in Items("Compile"))
        {
            var excluded = Included(item, "Exclude").SelectMany(pattern => FileGlob.Select(folder, pattern)).ToHashSet(StringComparer.Ordinal);
            selected.AddRange(Included(item, "Include").SelectMany(pattern => FileGlob.Select(folder, pattern)).Where(file => !excluded.Contains(file)));
            var removed = Included(item, "Remove").SelectMany(pattern => FileGlob.Select(folder, pattern)).ToHashSet(StringComparer.Ordinal);
            selected.RemoveAll(removed.Contains);
        }

        return selected.Where(file => !SourceFiles.IsGenerated(file)).Distinct(StringComparer.Ordinal);
    }

    private NullableContextOptions Nullable() => Property("Nullable")?.ToLowerInvariant() switch
    {
        "enable" => NullableContextOptions.Enable,
        "annotations" => NullableContextOptions.Annotations,
        "warnings" => NullableContextOptions.Warnings,
        _ => NullableContextOptions.Disable,
    };

    /// <summary>Emitted code is C# 14, which StickGen's users have: a project that is not there yet is read as if it were.</summary>
    private LanguageVersion Language() =>
        LanguageVersionFacts.TryParse(Property("LangVersion"), out var version) && version == LanguageVersion.Preview ? version : LanguageVersion.CSharp14;

    private IEnumerable<string> Symbols()
    {
        var symbols = files.SelectMany(file => Properties(file, "DefineConstants")).SelectMany(Split).Where(SyntaxFacts.IsValidIdentifier);
        var sdk = Enumerable.Range(5, 6).Select(version => $"NET{version}_0_OR_GREATER");
        return sdk.Concat(["NET", "NET10_0", "NETCOREAPP", "TRACE"]).Concat(symbols).Distinct(StringComparer.Ordinal);
    }

    private IEnumerable<string> GlobalUsings()
    {
        var usings = Property("ImplicitUsings")?.ToLowerInvariant() is "enable" or "true" ? new List<string>(ImplicitUsings.Sdk) : [];
        foreach (var item in Items("Using"))
        {
            foreach (var name in Included(item, "Include"))
            {
                usings.Add(item.Attribute("Alias") is { } alias ? $"{alias.Value} = {name}"
                    : item.Attribute("Static")?.Value.ToLowerInvariant() == "true" ? $"static {name}"
                    : name);
            }

            foreach (var name in Included(item, "Remove"))
                usings.Remove(name);
        }

        return usings.Distinct(StringComparer.Ordinal);
    }

    private IEnumerable<string> ReferencedAssemblies()
    {
        var hints = Items("Reference").Elements().Where(element => element.Name.LocalName == "HintPath").Select(element => FullPath(Expand(element.Value))).Where(File.Exists);
        return hints.Concat(RestoredAssemblies.Of(folder)).Distinct(StringComparer.Ordinal);
    }

    private IEnumerable<XElement> Items(string name) =>
        files.SelectMany(file => file.Elements()).Where(group => group.Name.LocalName == "ItemGroup").Elements().Where(item => item.Name.LocalName == name);

    private IEnumerable<string> Included(XElement item, string attribute) =>
        item.Attribute(attribute) is { } value ? Split(value.Value).Select(Expand).Where(part => !part.Contains("$(", StringComparison.Ordinal) && !part.Contains("@(", StringComparison.Ordinal)) : [];

    private string? Property(string name) => files.SelectMany(file => Properties(file, name)).LastOrDefault();

    private bool IsFalse(string property) => string.Equals(Property(property), "false", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Properties(XElement file, string name) =>
        file.Elements().Where(group => group.Name.LocalName == "PropertyGroup").Elements()
            .Where(property => property.Name.LocalName == name).Select(property => property.Value.Trim());

    private static IEnumerable<string> Split(string list) => list.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private string Expand(string value) => value
        .Replace("$(MSBuildThisFileDirectory)", folder + "/", StringComparison.OrdinalIgnoreCase)
        .Replace("$(MSBuildProjectDirectory)", folder, StringComparison.OrdinalIgnoreCase)
        .Replace("$(ProjectDir)", folder + "/", StringComparison.OrdinalIgnoreCase);

    private string FullPath(string relative) => Path.GetFullPath(Path.Combine(folder, relative.Replace('\\', '/')));

    /// <summary>The files of a name in the folders above, outermost first: what each sets, the next one may set again.</summary>
    private IEnumerable<XElement> InheritedFiles(string name)
    {
        var found = new Stack<XElement>();
        for (var current = folder; current is not null; current = Path.GetDirectoryName(current))
        {
            var file = Path.Combine(current, name);
            if (File.Exists(file))
                found.Push(XDocument.Load(file).Root!);
        }

        return found;
    }
}
