using StickGen.Compression;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Algorithms;

public sealed class EndToEndTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly string folder = Directory.CreateTempSubdirectory("stickgen").FullName;

    public EndToEndTests() => random.manual_seed(1);

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Graph_of_LeNet5_names_every_step()
    {
        using var model = new LeNet5();
        Assert.Equal(
            """
            LeNet5(x: Float32[batch, 1, 28, 28])
            """,
            LeNet5.Graph.Of(model).ToString().Split('\n')[0].TrimEnd());
        Assert.Equal(
            ["conv1", "relu", "pool", "conv2", "relu_2", "pool_2", "flatten", "fc1", "relu_3", "fc2", "relu_4", "fc3"],
            LeNet5.Graph.Of(model).Nodes.Select(n => n.Name));
    }

    [Fact]
    public void Integer_exact_forward_is_the_integer_model()
    {
        using var model = new LeNet5();
        var algorithm = new SimulatedQuantization();
        using var variant = algorithm.Apply(model);
        for (var i = 0; i < 5; i++)
            variant.forward(Data.Normal(i, 16, 1, 28, 28));
        variant.eval();

        using var deployed = algorithm.Convert(variant);
        var path = Path.Combine(folder, "lenet5.safetensors");
        deployed.Save(path);
        using var loaded = LeNet5.Quantized.Load(path);

        var x = Data.Normal(7, 32, 1, 28, 28);
        variant.State.Mode = QuantizationMode.IntegerExact;
        using var capture = variant.State.CaptureActivations();
        var y = variant.forward(x);
        var trace = loaded.Model.Trace(x.ToArray());

        var expected = capture.ValuesIn(loaded.Model.Graph);
        Assert.Equal(trace.Keys.Order(), expected.Keys.Order());
        foreach (var (name, values) in expected)
            Assert.Equal(values, trace[name]);
        // The last layer is kept in float, where the order of summation is not part of the contract.
        using var module = loaded.AsModule();
        Data.AssertClose(y, module.forward(x), 1e-5);
    }
}
