using StickGen.Compression;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Variants;

/// <summary>Models that branch on their configuration, through the code that the generator emits.</summary>
public sealed class BranchTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public BranchTests() => random.manual_seed(17);

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(4, 1, "conv1_bn1_relu, conv2_bn2, add_relu")]
    [InlineData(6, 2, "conv1_bn1_relu, conv2_bn2, down, add_relu")]
    public void Shortcut_that_may_be_null(int outputs, int stride, string units)
    {
        using var model = new BasicBlock(outputs, stride);
        Check<BasicBlock, BasicBlock.FakeQuantized, BasicBlock.Quantized>(model, units, deployed => deployed.Model, BasicBlock.Graph.Of(model).Nodes.Count);
    }

    [Theory]
    [InlineData(true, "relu", "conv1, relu, add")]
    [InlineData(true, "none", "conv1, add")]
    [InlineData(false, "relu6", "conv1, relu6, conv2")]
    public void Early_return_and_switch(bool useRes, string activation, string units)
    {
        using var model = ConfiguredNet.Create(useRes, activation);
        Check<ConfiguredNet, ConfiguredNet.FakeQuantized, ConfiguredNet.Quantized>(model, units, deployed => deployed.Model, ConfiguredNet.Graph.Of(model).Nodes.Count);
    }

    [Fact]
    public void What_only_training_does_is_in_float()
    {
        using var model = new TrainingNet();
        Check<TrainingNet, TrainingNet.FakeQuantized, TrainingNet.Quantized>(model, "conv_relu, head", deployed => deployed.Model, TrainingNet.Graph.Of(model).Nodes.Count);
        using var variant = new SimulatedQuantization().Apply(model);
        variant.train();
        variant.forward(Data.Normal(1, 2, 4, 8, 8)).sum().backward();
        Assert.NotNull(variant.named_parameters().First(p => p.name == "auxiliary.weight").parameter.grad);
    }

    [Fact]
    public void A_size_that_decides_has_to_be_known()
    {
        using var model = ConfiguredNet.Create(false, "relu");
        var error = Assert.Throws<CompressionException>(() => ConfiguredNet.Graph.Of(model, new Graphs.Shape("batch", 4, "height", 8)));
        Assert.Contains("branches on a size that is 'height'", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Disabled it is the original; calibrated, the integer model computes what the integer-exact mode does.</summary>
    private static void Check<TModel, TVariant, TDeployed>(TModel model, string units, Func<TDeployed, Deployment.QuantizedModel> deployed, int nodes)
        where TModel : nn.Module<Tensor, Tensor>, ICompressible<TVariant, TDeployed>
        where TVariant : nn.Module<Tensor, Tensor>, IFakeQuantized<TDeployed>
        where TDeployed : IDisposable
    {
        var algorithm = new SimulatedQuantization();
        using var variant = algorithm.Apply<TVariant, TDeployed>(model);
        Assert.Equal("x, " + units, string.Join(", ", variant.State.Units.Select(u => u.Name)));
        Assert.True(nodes > 0);
        var x = Data.Normal(1, 3, 4, 8, 8);
        variant.State.Mode = QuantizationMode.Disabled;
        foreach (var training in new[] { true, false })
        {
            model.train(training);
            variant.train(training);
            Data.AssertSame(model.forward(x), variant.forward(x));
        }

        variant.State.Mode = QuantizationMode.Simulated;
        variant.train();
        for (var i = 0; i < 3; i++)
            variant.forward(x);
        variant.eval();
        variant.State.Mode = QuantizationMode.IntegerExact;
        var expected = variant.forward(x);
        using var integer = algorithm.Convert(variant);
        var actual = new float[expected.numel()];
        deployed(integer).Run(x.ToArray(), actual);
        Assert.Equal(expected.ToArray(), actual);
    }
}
