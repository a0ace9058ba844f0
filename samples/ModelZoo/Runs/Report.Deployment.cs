using StickGen.Compression;
using StickGen.Deployment;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>What the deployed file makes of the images.</summary>
internal sealed partial record Report
{
    /// <summary>Measures the file, not what it was made from, and compares every activation of it with the fake-quantized network's.</summary>
    /// <param name="file">The deployed model.</param>
    /// <param name="fake">The fake-quantized network.</param>
    /// <param name="images">What both are given.</param>
    /// <param name="stop">Ends it.</param>
    public Report WithDeployed(string file, (nn.Module<Tensor, Tensor> Module, FakeQuantization State) fake, ImageSet images, CancellationToken stop)
    {
        using var deployed = QuantizedModel.Load(file);
        Console.WriteLine("comparing every activation of the fake-quantized network with the deployed model's");
        var parity = Parity.Compare(fake.Module, fake.State, deployed, images, stop);
        return this with
        {
            CompressedAccuracy = 100.0 * parity.Correct / images.Count,
            DeployedAccuracy = Deployment.Accuracy(deployed, images, stop),
            DeployedBytes = new FileInfo(file).Length,
            FakeVsDeployedMismatchedValues = parity.Mismatched,
            ComparedValues = parity.Compared,
            Isa = deployed.InstructionSet,
        };
    }
}
