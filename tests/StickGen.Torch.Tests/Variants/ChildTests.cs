using StickGen.Compression;
using StickGen.Torch.Tests.Algorithms;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Variants;

/// <summary>Variants of modules that others hold: their classes, places, modes and parameters are those of the original.</summary>
public sealed class ChildTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public ChildTests() => random.manual_seed(41);

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Children_of_every_kind(bool hasFirst, bool hasOptional)
    {
        using var model = new ChildrenNet(hasFirst ? new BaseLayer() : null, hasOptional);
        model.eval();
        using var variant = new SimulatedQuantization().Apply(model);
        var x = Data.Normal(1, [4, 6]);
        variant.State.Mode = QuantizationMode.Disabled;
        Data.AssertSame(model.forward(x), variant.forward(x));
        Assert.Equal((hasFirst ? 1 : 0) + 1 + 2 + (hasOptional ? 1 : 0) + 2 + 2, ChildrenNet.Graph.Of(model).Nodes.Count(node => node.Operation is Operations.Linear));
    }

    [Fact]
    public void A_parameter_that_is_declared_as_a_tensor_is_trained()
    {
        using var model = new ChildrenNet(null, hasOptional: false);
        using var variant = new SimulatedQuantization().Apply(model);
        variant.forward(Data.Normal(2, [4, 6])).sum().backward();
        Assert.NotNull(variant.named_parameters().Single(parameter => parameter.name == "scale").parameter.grad);
    }

    [Fact]
    public void Children_keep_their_modes()
    {
        using var model = new ChildrenNet(new BaseLayer(), hasOptional: false);
        model.train();
        ((nn.Module)model.named_children().Single(child => child.name == "first").module).eval();
        using var variant = new SimulatedQuantization().Apply(model);
        Assert.True(variant.training);
        var modes = variant.named_children().ToDictionary(child => child.name, child => child.module.training);
        Assert.False(modes["first"]);
        Assert.True(modes["second"]);
    }

    [Fact]
    public void Sizes_that_the_graph_does_not_follow_are_computed_by_forward()
    {
        using var model = new UnknownSizesNet();
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        var x = Data.Normal(3, [4, 6]);
        Data.AssertSame(model.forward(x), variant.forward(x));
        Assert.StartsWith("There are 3 sizes.", Assert.Throws<ArgumentException>(() => variant.forward(x.view(2, 2, 6))).Message, StringComparison.Ordinal);
        var error = Assert.Throws<CompressionException>(() => new SimulatedQuantization().Convert(variant));
        Assert.Contains("no operation for 'reshape'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_that_overrides_forward_has_to_be_compressible_itself()
    {
        using var model = new ChildrenNet(new OverridingLayer(), hasOptional: false);
        var error = Assert.Throws<CompressionException>(() => new SimulatedQuantization().Apply(model));
        Assert.Equal("OverridingLayer overrides forward of BaseLayer, and so its variants compute something else. Mark OverridingLayer as [Compressible], too.", error.Message);
    }
}
