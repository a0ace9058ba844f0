namespace StickGen.Training;

/// <summary>
/// Writes the finished epochs of a run to a file after each one: as a table (<c>.csv</c>), as JSON lines (<c>.jsonl</c>), or as a picture of
/// the curves (<c>.svg</c>). It is always written whole, from the history that is part of the checkpoint, so a resumed run leaves the
/// file that an uninterrupted one does, except for times.
/// </summary>
public sealed class HistoryFile : TrainingCallback
{
    private readonly string path;
    private readonly Func<IReadOnlyList<EpochResult>, string> format;

    /// <param name="path">The file; its extension decides on the form. Its folder is created if need be.</param>
    /// <param name="title">The title of a picture.</param>
    /// <exception cref="ArgumentException">The extension is none of those.</exception>
    public HistoryFile(string path, string title = "training")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        this.path = Path.GetFullPath(path);
        format = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".csv" => HistoryText.ToCsv,
            ".jsonl" => HistoryText.ToJsonLines,
            ".svg" => history => HistoryPlot.ToSvg(history, title),
            var other => throw new ArgumentException($"the extension of '{path}' is '{other}'; it has to be .csv, .jsonl or .svg.", nameof(path)),
        };
    }

    /// <inheritdoc/>
    public override void OnTrainingStart(TrainingContext context)
    {
        WholeFile.CheckWritable(path);
        // An earlier run may have gone further than the checkpoint that this one continues from.
        if (File.Exists(path) || context.IsResumed)
            Write(context.History);
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingContext context) => Write(context.History);

    private void Write(IReadOnlyList<EpochResult> history) => WholeFile.Write(path, format(history));
}
