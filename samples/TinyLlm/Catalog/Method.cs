using StickGen.PostTraining;

/// <summary>A method of post-training quantization, by the name that the command line has for it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Steps">What it does.</param>
internal sealed record Method(string Name, params IReadOnlyList<PostTrainingStep> Steps)
{
    public static IReadOnlyList<Method> All { get; } =
    [
        new("rtn"),
        new("smoothquant", new SmoothQuant()),
        new("osl", new OutlierSuppressionLite()),
        new("outlier-suppression-plus", new OutlierSuppressionPlus()),
        new("awq", new Awq(), new WeightClipping()),
        new("gptq", new GptqRounding()),
        // The paper rounds to nearest what it has learned ranges for; GPTQ makes up for more of the error.
        new("omniquant", new OmniQuant(), new GptqRounding()),
        new("omniquant-nearest", new OmniQuant()),
    ];

    /// <exception cref="ArgumentException">There is no such method.</exception>
    public static Method Find(string name) =>
        All.FirstOrDefault(method => method.Name == name)
        ?? throw new ArgumentException($"there is no method '{name}'; there are: {string.Join(", ", All.Select(method => method.Name))}.");
}
