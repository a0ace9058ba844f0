using StickGen.PostTraining;

/// <summary>A way to quantize without training, by the name that the command line has for it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Options">What it does, for 8 bits.</param>
internal sealed record CalibrationMethod(string Name, StaticQuantizationOptions Options)
{
    public static IReadOnlyList<CalibrationMethod> All { get; } =
    [
        new("ptq", new()),
        new("ptq-cle", new() { Equalize = true, ReplaceRelu6 = true, CorrectBias = true }),
        new("ptq-adaround", new() { AdaptiveRounding = new() { Iterations = 3000 }, CorrectBias = true }),
        new("ptq-per-tensor", new() { WeightPerChannel = false }),
        new("ptq-cle-per-tensor", new() { WeightPerChannel = false, Equalize = true, ReplaceRelu6 = true, CorrectBias = true }),
    ];

    /// <summary>The method with a name, or <see langword="null"/>.</summary>
    public static CalibrationMethod? Find(string name) => All.FirstOrDefault(m => m.Name == name);
}
