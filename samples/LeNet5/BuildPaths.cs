/// <summary>Paths that MSBuild knew when this program was built, and wrote into its assembly.</summary>
internal static class BuildPaths
{
    /// <summary>LeNet5.Deploy.dll in its output folder.</summary>
    public static string DeployedProgram => BuildMetadata.Value(nameof(DeployedProgram));

    /// <summary>The MNIST that ships with the samples.</summary>
    public static string Data => BuildMetadata.Value(nameof(Data));
}
