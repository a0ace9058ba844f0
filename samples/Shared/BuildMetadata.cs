using System.Reflection;

/// <summary>What MSBuild knew when a program was built, and wrote into its assembly.</summary>
internal static class BuildMetadata
{
    /// <summary>A value by its key.</summary>
    public static string Value(string key) =>
        typeof(BuildMetadata).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
