/// <summary>A row of the published table: one run, or the mean of several that differ in their seed.</summary>
/// <param name="Network">The network.</param>
/// <param name="Data">What it learns.</param>
/// <param name="Algorithm">How it is compressed.</param>
/// <param name="Bits">Of weights and activations; <see langword="null"/> in float.</param>
internal sealed record Row(string Network, string Data, string Algorithm, Bits? Bits = null)
{
    private static readonly int[] OneSeed = [1], ThreeSeeds = [1, 2, 3];

    /// <summary>The rows in the order in which they are run: those that others begin with come first.</summary>
    public static IReadOnlyList<Row> All { get; } =
    [
        new("lenet5", "mnist", "fp32") { Floor = 99.0 },
        new("resnet20", "fashion-mnist", "fp32") { Floor = 92.0 },
        new("resnet20-full", "fashion-mnist", "fp32") { Floor = 93.0 },
        new("mobilenetv2-small", "fashion-mnist", "fp32"),
        new("vgg-small", "fashion-mnist", "fp32"),
        new("lenet5", "mnist", "simqat", new(8, 8)) { LargestLoss = 0.05 },
        new("lenet5", "mnist", "lsq", new(4, 4)),
        new("lenet5", "mnist", "lsq", new(2, 2)),
        new("lenet5", "mnist", "slb", new(1, 8)) { Floor = 98.8, Epochs = 3 },
        new("resnet20", "fashion-mnist", "simqat", new(8, 8)),
        new("resnet20", "fashion-mnist", "lsq", new(4, 4)) { LargestLoss = 0.4 },
        new("resnet20", "fashion-mnist", "lsq", new(3, 3)) { LargestLoss = 0.8, Epochs = 12 },
        new("resnet20", "fashion-mnist", "lsq", new(2, 2)) { LargestLoss = 2.0, Epochs = 12 },
        new("resnet20", "fashion-mnist", "pact", new(4, 4)) { LargestLoss = 0.7 },
        new("resnet20", "fashion-mnist", "slb", new(4, 8)) { LargestLoss = 0.4 },
        new("resnet20", "fashion-mnist", "slb", new(2, 8)) { LargestLoss = 0.7 },
        new("resnet20", "fashion-mnist", "slb", new(1, 8)) { LargestLoss = 1.5, Epochs = 4 },
        new("mobilenetv2-small", "fashion-mnist", "simqat", new(8, 8)) { LargestLoss = 0.3, Epochs = 2 },
        new("vgg-small", "fashion-mnist", "simqat", new(8, 8)),
        new("vgg-small", "fashion-mnist", "lsq", new(4, 4)),
        new("resnet20-full", "fashion-mnist", "simqat", new(8, 8)) { LargestLoss = 0.15, Epochs = 2 },
    ];

    /// <summary>The accuracy in percent that the result has to reach; <see langword="null"/> if none is set.</summary>
    public double? Floor { get; init; }

    /// <summary>How much less accurate than the better of the two float networks the result may be, in points.</summary>
    public double? LargestLoss { get; init; }

    /// <summary>Of training, where it is not as long as the algorithm's other rows.</summary>
    public int? Epochs { get; init; }

    /// <summary>Fixed beforehand: three for the network that trains in minutes, one for the others.</summary>
    public IReadOnlyList<int> Seeds => Network == "lenet5" ? ThreeSeeds : OneSeed;

    public IEnumerable<Run> Runs() => Seeds.Select(seed => Run.Of(Network, Data, Algorithm, Bits, seed, Epochs));
}
