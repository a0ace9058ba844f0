namespace StickGen.Training;

/// <summary>
/// A checkpoint cannot be used: it is damaged, no checkpoint at all, or of another model or run. The message names the file
/// and what is wrong with it. Model and optimizer are only changed after all checks passed.
/// </summary>
public sealed class CheckpointException(string path, string reason, Exception? inner = null)
    : IOException($"the checkpoint '{path}' cannot be used: {reason}", inner)
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;
}
