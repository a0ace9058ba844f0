using System.Text.Json;

namespace StickGen.Cli.Sources;

/// <summary>The assemblies of the packages that a project uses, if it has been restored: <c>obj/project.assets.json</c> lists them.</summary>
internal static class RestoredAssemblies
{
    public static IEnumerable<string> Of(string projectFolder)
    {
        var file = Path.Combine(projectFolder, "obj", "project.assets.json");
        if (!File.Exists(file))
            return [];
        try
        {
            using var assets = JsonDocument.Parse(File.ReadAllBytes(file));
            return Read(assets.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException or KeyNotFoundException)
        {
            // Half written, or of a form that is not known: as if it had not been restored.
            return [];
        }
    }

    private static string[] Read(JsonElement assets)
    {
        string[] packageFolders = [.. assets.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name)];
        var libraries = assets.GetProperty("libraries");
        var found = new List<string>();
        foreach (var package in assets.GetProperty("targets").EnumerateObject().Take(1).SelectMany(target => target.Value.EnumerateObject()))
        {
            if (!package.Value.TryGetProperty("compile", out var compile) || !libraries.TryGetProperty(package.Name, out var library)
                || !library.TryGetProperty("path", out var path))
            {
                continue;
            }

            found.AddRange(
                from asset in compile.EnumerateObject()
                where asset.Name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
                from folder in packageFolders
                let assembly = Path.Combine(folder, path.GetString()!, asset.Name)
                where File.Exists(assembly)
                select assembly);
        }

        return [.. found];
    }
}
