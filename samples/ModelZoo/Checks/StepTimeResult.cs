/// <summary>What a training step with SimQAT takes, compared with one in float.</summary>
/// <param name="Model">The network.</param>
/// <param name="BatchNormFold">How batch normalization is simulated.</param>
/// <param name="BatchSize">Of the steps.</param>
/// <param name="Threads">Of the computation.</param>
/// <param name="Steps">Of each network, of which the shortest counts.</param>
/// <param name="Fp32Milliseconds">In float.</param>
/// <param name="Milliseconds">With SimQAT.</param>
/// <param name="Ratio">The one divided by the other.</param>
/// <param name="Limit">How large it may be.</param>
/// <param name="Machine">Where.</param>
internal sealed record StepTimeResult(
    string Model, string BatchNormFold, int BatchSize, int Threads, int Steps, double Fp32Milliseconds, double Milliseconds, double Ratio, double Limit, string Machine)
{
    public static void Save(IReadOnlyList<StepTimeResult> results, string path) => JsonFile.Save(results, path);

    /// <summary>Those of a file; none if there is none.</summary>
    /// <exception cref="InvalidDataException">It is no file of results.</exception>
    public static IReadOnlyList<StepTimeResult> Load(string path) => File.Exists(path) ? JsonFile.Load<List<StepTimeResult>>(path) : [];
}
