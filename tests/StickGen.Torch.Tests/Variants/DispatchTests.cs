using StickGen.Compression;
using StickGen.Operations;
using StickGen.Torch.Tests.Algorithms;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Variants;

/// <summary>Code that asks modules what they are finds variants in a variant, and helpers of every form run in place.</summary>
public sealed class DispatchTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public DispatchTests() => random.manual_seed(37);

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData("pg", 1)]
    [InlineData("ggp", 2)]
    [InlineData("pp", 0)]
    public void Modules_are_asked_what_they_are(string blocks, int guided)
    {
        using var model = new DispatchNet([.. blocks.Select(nn.Module (block) => block == 'p' ? new PlainBlock() : new GuidedBlock())]);
        using var variant = new SimulatedQuantization().Apply(model);
        var x = Data.Normal(1, [4, 6]);
        variant.forward(x);
        variant.State.Mode = QuantizationMode.Disabled;
        Data.AssertSame(model.forward(x), variant.forward(x));

        var plain = blocks.Length - guided;
        var nodes = DispatchNet.Graph.Of(model).Nodes;
        Assert.Equal(blocks.Length + blocks.Length + plain + 2, nodes.Count(node => node.Operation is Linear));
        Assert.Equal(guided, nodes.Count(node => node.Operation is Arithmetic { Number: null }));
        Assert.DoesNotContain(nodes, node => node.Operation is Opaque);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Helpers_and_lists_of_children(int masked)
    {
        using var model = new FormsNet(masked);
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        var x = Data.Normal(2, [3, 6]);
        var result = variant.forward(x);
        Assert.False(result.requires_grad);
        Data.AssertSame(model.forward(x), result);

        var nodes = FormsNet.Graph.Of(model).Nodes;
        Assert.Equal(2, nodes.Count(node => node.Operation is Linear));
        Assert.Equal(masked > 0 ? 2 : 1, nodes.Count(node => node.Operation is StickGen.Operations.Reduce));
        Assert.DoesNotContain(nodes, node => node.Operation is Opaque);
    }
}
