using System.Text.Json.Nodes;

namespace StickGen.Training;

/// <summary>What a run needs besides tensors to go on exactly where it was.</summary>
/// <param name="Setup">What has to be the same in the run that resumes.</param>
/// <param name="Epoch">The current epoch, from 0; the number of epochs if the run is finished.</param>
/// <param name="StepInEpoch">Finished steps of that epoch.</param>
/// <param name="IsStopped">Whether a callback asked for an early end, which is that of the current epoch.</param>
/// <param name="EpochSeconds">Time spent in the current epoch.</param>
/// <param name="Loss">Of the last step.</param>
/// <param name="Metrics">States of the current epoch's metrics.</param>
/// <param name="History">Finished epochs.</param>
/// <param name="Callbacks">States of the callbacks that have one.</param>
internal sealed record RunState(
    RunSetup Setup,
    int Epoch,
    int StepInEpoch,
    bool IsStopped,
    double EpochSeconds,
    double Loss,
    IReadOnlyDictionary<string, double[]> Metrics,
    IReadOnlyList<EpochResult> History,
    IReadOnlyDictionary<string, JsonNode> Callbacks)
{
    /// <summary>What each quantizer of a compressed model rounds to; <see langword="null"/> for another model.</summary>
    public IReadOnlyDictionary<string, string>? Quantizers { get; init; }
}

/// <summary>
/// What decides on the samples of each step, and the kind of optimizer. With another of these, a resumed run would be
/// neither the old run nor a new one. The number of epochs is not among them: a finished run may be made longer.
/// </summary>
internal sealed record RunSetup(long Seed, long Samples, int BatchSize, bool Shuffle, bool DropLast, string Optimizer)
{
    /// <summary>Says how this run differs from the one that wrote a checkpoint; <see langword="null"/> if it does not.</summary>
    public string? DifferenceFrom(RunSetup saved) =>
        this == saved ? null
        : Optimizer != saved.Optimizer ? Describe("optimizer", saved.Optimizer, Optimizer)
        : Samples != saved.Samples ? Describe("number of training samples", saved.Samples, Samples)
        : BatchSize != saved.BatchSize ? Describe(nameof(TrainingOptions.BatchSize), saved.BatchSize, BatchSize)
        : Seed != saved.Seed ? Describe(nameof(TrainingOptions.Seed), saved.Seed, Seed)
        : Shuffle != saved.Shuffle ? Describe(nameof(TrainingOptions.Shuffle), saved.Shuffle, Shuffle)
        : Describe(nameof(TrainingOptions.DropLast), saved.DropLast, DropLast);

    private static string Describe<T>(string what, T saved, T now) => $"it is of another run: its {what} is {saved}, and that of this run is {now}.";
}
