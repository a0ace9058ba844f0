namespace StickGen.Generators.Deployment;

/// <summary>What emitted code says it was emitted by.</summary>
internal static class GeneratorVersion
{
    /// <summary>The version of this assembly.</summary>
    public static string Text { get; } = typeof(GeneratorVersion).Assembly.GetName().Version.ToString(3);
}
