/// <summary>A row of the published table of networks that were quantized without training.</summary>
/// <param name="Network">The network.</param>
/// <param name="Data">What it was trained and is measured on.</param>
/// <param name="Method">How it is quantized.</param>
/// <param name="Bits">Of weights and activations.</param>
internal sealed record CalibrationRow(string Network, string Data, string Method, Bits Bits)
{
    private static readonly string[] Networks = ["resnet20", "mobilenetv2-small", "vgg-small"];

    public static IReadOnlyList<CalibrationRow> All { get; } =
    [
        .. from network in Networks
           from bits in new Bits[] { new(8, 8), new(4, 8) }
           from method in CalibrationMethod.All
           // What one scale for all channels costs, and what equalization gives back, is measured at eight bits.
           where bits.Weights == 8 || method.Options.WeightPerChannel
           select new CalibrationRow(network, "fashion-mnist", method.Name, bits),
    ];

    public CalibrationRun Run(CommandLine command) =>
        CalibrationRun.Of(Network, Data, CalibrationMethod.Find(Method)!, command with { Bits = Bits, Epochs = null, LearningRate = null, Seed = 1 });
}
