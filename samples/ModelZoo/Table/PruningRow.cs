/// <summary>A row of the published table of smaller networks, and what it has to reach.</summary>
/// <param name="Network">The network.</param>
/// <param name="Data">What it learns.</param>
/// <param name="Method">How it becomes smaller.</param>
/// <param name="Bits">Of weights and activations, if it is quantized and deployed, too.</param>
internal sealed record PruningRow(string Network, string Data, string Method, Bits? Bits = null)
{
    public static IReadOnlyList<PruningRow> All { get; } =
    [
        new("lenet5", "mnist", "low-rank") { Epochs = 1, Bars = [Bar.Loss(0.4)] },
        new("resnet20", "fashion-mnist", "scop") { Bars = [Bar.Loss(1.0), Bar.Parameters(0.6)] },
        new("vgg-small", "fashion-mnist", "scop", new(8, 8)) { Epochs = 3, Bars = [Bar.File(0.18), Bar.Mismatches] },
        new("resnet20", "fashion-mnist", "unipruning") { Bars = [Bar.Loss(0.4), Bar.Parameters(0.75)] },
        new("resnet20", "fashion-mnist", "ghost") { Epochs = 9, Bars = [Bar.Loss(1.2), Bar.Parameters(0.62)] },
        new("vgg-small", "fashion-mnist", "magnitude") { Bars = [Bar.Loss(1.0), Bar.Multiplications(0.25), Bar.Latency(0.4)] },
        new("vit-tiny", "fashion-mnist", "lrp") { Bars = [Bar.Heads(0.6), Bar.LossIncrease(0.01)] },
    ];

    /// <summary>Of training, where it is not as long as the method's other rows.</summary>
    public int? Epochs { get; init; }

    public IReadOnlyList<Bar> Bars { get; init; } = [];

    public PruningRun Run(CommandLine command) =>
        PruningRun.Of(Network, Data, PruningMethod.Find(Method)!, command with { Bits = Bits, Ratio = null, Epochs = Epochs, LearningRate = null, Seed = 1 });
}
