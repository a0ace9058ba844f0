using StickGen.Compression;
using StickGen.Torch.Tests.Algorithms;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Variants;

/// <summary>Models that loop over their modules, through the code that the generator emits.</summary>
public sealed class LoopTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public LoopTests() => random.manual_seed(19);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Stages_in_lists()
    {
        using var model = new StagesNet();
        var units = Check(model, StagesNet.Graph.Of(model), [3, 3, 8, 8]);
        Assert.Contains("stage2.0.conv1_bn1_relu", units);
        Assert.Contains("layers.1.layers", units);
    }

    [Fact]
    public void Lists_that_grow()
    {
        using var model = new DenseListNet();
        var units = Check(model, DenseListNet.Graph.Of(model), [3, 3, 8, 8]);
        Assert.Equal(["x", "convs.0.concat", "convs.0.conv_norm_relu", "convs.1.concat", "convs.1.conv_norm_relu", "convs.2.concat", "convs.2.conv_norm_relu", "concat", "head"], units);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Skips_that_are_read_in_reverse(int depth)
    {
        using var model = new UNet(depth, 4);
        Check(model, UNet.Graph.Of(model), [2, 3, 16, 16]);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(2, true)]
    public void Values_that_turn_out_to_be_the_same(int steps, bool isGated)
    {
        using var model = new RecurrentNet(steps, isGated);
        Check(model, RecurrentNet.Graph.Of(model), [2, 4, 6, 6]);
    }

    [Fact]
    public void A_pattern_that_spans_iterations_is_reported()
    {
        using var model = new ChainNet();
        using var variant = new SimulatedQuantization().Apply(model);
        var entry = Assert.Single(variant.State.Matches.Entries);
        Assert.Equal(["layers.0", "layers.1"], entry.Nodes);
        Assert.Equal("it spans the sites 'layers.0.layer' and 'layers.1.layer', which are emitted apart", entry.Reason);
    }

    /// <summary>Disabled it is the original; calibrated, real equals fake; names and weights are those of the original.</summary>
    private static IReadOnlyList<string> Check<TVariant, TDeployed>(ICompressible<TVariant, TDeployed> compressible, Graphs.ModelGraph graph, long[] shape)
        where TVariant : nn.Module<Tensor, Tensor>, IFakeQuantized<TDeployed>
    {
        var model = (nn.Module<Tensor, Tensor>)compressible;
        var algorithm = new SimulatedQuantization();
        using var variant = algorithm.Apply(compressible);
        Assert.Empty(variant.State.Borrowed);
        Assert.Equal(
            model.state_dict().Keys.Order(StringComparer.Ordinal),
            variant.state_dict().Keys.Where(k => !k.StartsWith("stickgen.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        var keys = model.state_dict().Keys.ToHashSet();
        Assert.All(graph.Values.Values.Where(v => v.IsConstant), v => Assert.Contains(v.Name, keys));

        var x = Data.Normal(1, shape);
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
            variant.forward(Data.Normal(i, shape));
        variant.eval();
        ExactParity.Check(variant, variant.State, algorithm.ToGraph(variant), Data.Normal(9, shape) * 1.5);
        return [.. variant.State.Units.Select(u => u.Name)];
    }
}
