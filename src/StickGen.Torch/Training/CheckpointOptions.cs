namespace StickGen.Training;

/// <summary>
/// Where and when the state of a run is saved, and whether it is continued. On the CPU a continued run ends bit for bit as if
/// it had never been interrupted. TorchSharp does not give away the state of a GPU's random generator, so there a model that
/// draws random numbers, with dropout for instance, gets others after a resume.
/// </summary>
public sealed record CheckpointOptions
{
    /// <summary>The file. Its folder is created if need be.</summary>
    public required string Path { get; init; }

    /// <summary>Steps between two checkpoints, besides those after each epoch; <see langword="null"/>: none besides.</summary>
    public int? EverySteps { get; init; }

    /// <summary>What to do with a checkpoint that is there already.</summary>
    public ResumeMode Resume { get; init; } = ResumeMode.IfPresent;

    /// <summary>Fails if an option is out of its range.</summary>
    /// <exception cref="ArgumentException">The message names the option, its value and what is allowed.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Path))
            throw new ArgumentException($"{nameof(Path)} is empty; it has to be the path of the checkpoint file.");
        if (EverySteps is { } steps)
            Require.AtLeast(1, steps, nameof(EverySteps));
    }
}

/// <summary>What to do with a checkpoint of an earlier run.</summary>
public enum ResumeMode
{
    /// <summary>Continue from it if there is one.</summary>
    IfPresent,

    /// <summary>Continue from it; it is an error if there is none.</summary>
    Required,

    /// <summary>Start from the beginning; the first checkpoint of this run replaces it.</summary>
    Never,
}
