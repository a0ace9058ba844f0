/// <summary>Folders of the source tree that this program was built from.</summary>
internal static class SourceFolders
{
    /// <summary>The text that ships with the samples.</summary>
    public static string Text => Path.Combine(Repository, "samples", "data", "kjv", "kjv.txt.gz");

    /// <summary>The trained float models that ship with this sample.</summary>
    public static string Checkpoints => Path.Combine(Repository, "samples", "TinyLlm", "checkpoints");

    /// <summary>The reports of the rows of the table.</summary>
    public static string Results => Path.Combine(Repository, "samples", "TinyLlm", "results");

    /// <summary>The page that the table is written to.</summary>
    public static string ResultsPage => Path.Combine(Repository, "docs", "tinyllm-results.md");

    private static string Repository { get; } = BuildMetadata.Value(nameof(Repository));
}
