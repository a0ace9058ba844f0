using System.Reflection;

/// <summary>Paths that MSBuild knew when this program was built, and wrote into its assembly.</summary>
internal static class BuildPaths
{
    /// <summary>LeNet5.Deploy.dll in its output folder.</summary>
    public static string DeployedProgram => Read(nameof(DeployedProgram));

    /// <summary>The MNIST that ships with the samples.</summary>
    public static string Data => Read(nameof(Data));

    private static string Read(string name) =>
        typeof(BuildPaths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == name).Value!;
}
