/// <summary>Folders of the source tree that this program was built from.</summary>
internal static class SourceFolders
{
    /// <summary>The MNIST that ships with the samples.</summary>
    public static string Mnist => Path.Combine(Repository, "samples", "data", "mnist");

    /// <summary>The trained float networks that ship with this sample.</summary>
    public static string Checkpoints => Path.Combine(Repository, "samples", "ModelZoo", "checkpoints");

    /// <summary>The reports of the rows of the table.</summary>
    public static string Results => Path.Combine(Repository, "samples", "ModelZoo", "results");

    /// <summary>The page that the table is written to.</summary>
    public static string ResultsPage => Path.Combine(Repository, "docs", "results.md");

    private static string Repository { get; } = BuildMetadata.Value(nameof(Repository));
}
