using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.CodeAnalysis;

namespace StickGen.Cli.Sources;

/// <summary>What user code is compiled against: the framework that runs the tool, TorchSharp, StickGen, and what the project adds.</summary>
internal static class References
{
    // Carried beside the tool; the emitted code stands on exactly these.
    private static readonly string[] Carried = ["TorchSharp", "StickGen", "StickGen.Runtime", "StickGen.Torch"];

    private static readonly ConcurrentDictionary<string, MetadataReference> Cache = new(StringComparer.Ordinal);

    private static readonly Lazy<IReadOnlyDictionary<string, string>> Always = new(() =>
    {
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var trusted = (AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "").Split(Path.PathSeparator);
        return trusted.Where(file => Path.GetDirectoryName(file) == framework)
            .Concat(Carried.Select(name => Path.Combine(AppContext.BaseDirectory, name + ".dll")))
            .Where(File.Exists)
            .DistinctBy(NameOf, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(NameOf, StringComparer.OrdinalIgnoreCase);
    });

    /// <summary>The references of a project, each assembly once.</summary>
    /// <remarks>
    /// A newer TorchSharp that the project was restored with is taken instead of the carried one; an older one is not, because
    /// StickGen's library, which the emitted code is compiled against, cannot be used with it.
    /// </remarks>
    public static IEnumerable<MetadataReference> Of(SourceProject project)
    {
        var files = new Dictionary<string, string>(Always.Value, StringComparer.OrdinalIgnoreCase);
        foreach (var assembly in project.AssemblyReferences)
        {
            var name = NameOf(assembly);
            if (!files.TryGetValue(name, out var present) || (name == "TorchSharp" && VersionOf(assembly) > VersionOf(present)))
                files[name] = assembly;
        }

        return files.Values.Order(StringComparer.Ordinal).Select(file => Cache.GetOrAdd(file, static path => MetadataReference.CreateFromFile(path)));
    }

    private static string NameOf(string file) => Path.GetFileNameWithoutExtension(file);

    private static Version VersionOf(string file)
    {
        try
        {
            return AssemblyName.GetAssemblyName(file).Version ?? new(0, 0);
        }
        catch (BadImageFormatException)
        {
            return new(0, 0);
        }
    }
}
