using System.Reflection;

namespace StickGen.Package.Tests;

/// <summary>What the project file of these tests knows and tells them (its AssemblyMetadata items).</summary>
internal static class BuildFacts
{
    public static string RepositoryRoot => Get("RepositoryRoot");

    public static string Configuration => Get("Configuration");

    public static string TorchSharpPackage => Get("TorchSharpPackage");

    private static string Get(string key) =>
        typeof(BuildFacts).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
